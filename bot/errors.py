"""Everything that can go wrong in a way we know, each with a sentence to act on.

::

    BotError
    ├── SettingsError              the environment is wrong (operator)
    ├── QueryError                 a typed query is wrong (user)
    ├── Stopping                   the bot is being stopped in the middle of an answer
    │   └── StoppingMidway         ... which may have been carried out all the same
    ├── SlackError                 Slack refused or could not be reached
    ├── StoreError                 the database cannot be reached or used
    ├── ScheduleError              a schedule cannot be made as asked (user)
    │   └── DigestCommandError     what was typed of digests is no command (user)
    ├── ScheduleGone               the schedule was deleted meanwhile
    ├── ScheduleChanged            somebody else changed the schedule meanwhile
    ├── NotAllowed                 this person may not do that
    │   └── NotKnown               whether this person may, nobody can tell now
    └── ScpError
        ├── AuthHeadersMissing     404 of the gateway: headers stripped on the way
        ├── SignatureRefused       401 HmacValidFail: keys or clock
        ├── NotEntitled            401 of the gateway: service not open to the account here
        ├── Unauthorized           any other 401
        ├── Forbidden              403: an IAM action is missing
        ├── BadParameter           400
        ├── NotFound               404 with ``errors[]``
        ├── NotTheApi              HTML, a redirect or another body that no API sends
        ├── ServerFailed           500
        ├── Unavailable            502, 503, 504
        ├── RateLimited            429
        ├── UnexpectedStatus       any status not named above
        ├── TimedOut               no answer in time
        ├── Unreachable            name, route or connection
        ├── TlsFailed              certificate or handshake
        ├── BodyTooLarge           more than the limit
        └── BodyUnreadable         truncated, not JSON, or of another shape

``str(error)`` is what happened; ``error.remedy`` is what to do about it. Both are plain text
for people: they may quote the cloud, so whoever shows them in Slack makes them inert first
(``bot.blocks`` does). Neither ever holds a key, a signature or a token.
"""


class BotError(Exception):
    """A failure that the bot knows how to explain."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.remedy = remedy
        """What the reader can do; empty where nothing helps."""


class SettingsError(BotError):
    """The settings are incomplete or wrong; ``problems`` names every one of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems), "Correct the settings named above and start again.")
        self.problems = problems


class QueryError(BotError):
    """A query cannot be understood; ``suggestion`` is the nearest valid word, if one is near."""

    def __init__(self, what: str, remedy: str = "", *, suggestion: str | None = None) -> None:
        super().__init__(what, remedy)
        self.suggestion = suggestion


class Stopping(BotError):
    """The bot is being stopped, and what it was asked is cut off."""

    def __init__(self) -> None:
        super().__init__("It could not finish your request.", "Try again in a minute.")


class StoppingMidway(Stopping):
    """The bot is being stopped while Samsung Cloud is told of a decision."""

    def __init__(self) -> None:
        BotError.__init__(
            self,
            "What you decided may have been carried out, or not.",
            "The image's card will tell, once the bot runs again. Look there first.",
        )


class SlackError(BotError):
    """Slack refused a call; ``code`` is Slack's own word for it, such as ``not_in_channel``."""

    def __init__(
        self, what: str, remedy: str = "", *, code: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(what, remedy)
        self.code = code
        self.retry_after = retry_after
        """Seconds to wait, where Slack said how long."""


class StoreError(BotError):
    """The database cannot be reached or used; ``passing`` where waiting may help."""

    def __init__(self, what: str, remedy: str = "", *, passing: bool = False) -> None:
        super().__init__(what, remedy)
        self.passing = passing


class ScheduleError(BotError):
    """A schedule cannot be made as asked; ``field`` is the part that is wrong."""

    def __init__(
        self, what: str, remedy: str = "", *, field: str = "", suggestion: str | None = None
    ) -> None:
        super().__init__(what, remedy)
        self.field = field
        """``times``, ``days``, ``timezone``, ``query``, ``holidays``, ``mentions``, ``grace``,
        ``mention_after`` or ``channel``; empty where the whole is wrong."""
        self.suggestion = suggestion


class DigestCommandError(ScheduleError):
    """What was typed of digests is no command, or does not name the digest that it needs."""


class ScheduleGone(BotError):
    """There is no such schedule, or not any more."""

    def __init__(self, schedule_id: int) -> None:
        super().__init__(
            f"There is no digest number {schedule_id} here, or not any more.",
            "Run /pending-images digest for those that there are.",
        )


class ScheduleChanged(BotError):
    """Somebody else has changed the schedule since this person saw it."""

    def __init__(self, schedule_id: int) -> None:
        super().__init__(
            f"Somebody has changed digest number {schedule_id} since you opened it.",
            "Nothing of yours was saved. Run /pending-images digest and edit it anew.",
        )


class NotAllowed(BotError):
    """This person may not do that; the remedy says whom to ask."""

    def __init__(self, what: str, remedy: str = "", *, ask: tuple[str, ...] = ()) -> None:
        super().__init__(what, remedy)
        self.ask = ask
        """Ids of Slack users who may, to be mentioned."""


class NotKnown(NotAllowed):
    """Slack does not tell whether this person may: a refusal for now, and no fault of theirs."""


class ScpError(BotError):
    """Samsung Cloud Platform did not answer as asked."""

    may_have_applied = False
    """Whether SCP may have done all the same what it was asked to change."""

    def __init__(self, what: str, remedy: str = "", *, request_id: str | None = None) -> None:
        super().__init__(what, remedy)
        self.request_id = request_id
        """SCP's id of the failed request, to quote to its support, where it sent one."""


class AuthHeadersMissing(ScpError):
    """The gateway saw no authentication headers (404 without ``errors``)."""


class SignatureRefused(ScpError):
    """The signature or the key is wrong (401 ``HmacValidFail``), or the clock is."""

    def __init__(
        self,
        what: str,
        remedy: str = "",
        *,
        request_id: str | None = None,
        skew_seconds: float | None = None,
    ) -> None:
        super().__init__(what, remedy, request_id=request_id)
        self.skew_seconds = skew_seconds
        """Server clock minus ours, in seconds, by the ``Date`` header; None without one."""


class NotEntitled(ScpError):
    """The account may not use the service in this region (401 of the gateway)."""


class Unauthorized(ScpError):
    """Any other 401."""


class Forbidden(ScpError):
    """IAM refused (403); ``action`` is the one to grant."""

    def __init__(
        self, what: str, remedy: str = "", *, request_id: str | None = None, action: str = ""
    ) -> None:
        super().__init__(what, remedy, request_id=request_id)
        self.action = action


class BadParameter(ScpError):
    """SCP refused a parameter (400)."""


class NotFound(ScpError):
    """SCP knows no such thing (404 with ``errors``)."""


class NotTheApi(ScpError):
    """Something other than the API answered: a portal page, a proxy, a redirect."""


class ServerFailed(ScpError):
    """SCP failed inside (500)."""


class Unavailable(ScpError):
    """SCP is unavailable for now (502, 503, 504)."""


class RateLimited(ScpError):
    """SCP asks for fewer requests (429)."""


class UnexpectedStatus(ScpError):
    """A status that no document names."""


class TimedOut(ScpError):
    """SCP did not answer in time."""


class Unreachable(ScpError):
    """No connection to SCP, or it broke."""


class TlsFailed(ScpError):
    """The TLS handshake failed, most often over a certificate."""


class BodyTooLarge(ScpError):
    """The answer is larger than the limit."""


class BodyUnreadable(ScpError):
    """The answer is truncated, not JSON, or not a list of images."""
