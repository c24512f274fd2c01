"""The App Home of a person."""

from bot.slack import Slack


class Home:
    """Publishes Homes."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def publish(self, user_id: str) -> None:
        """Show a person what is theirs. Raise ``SlackError``."""
