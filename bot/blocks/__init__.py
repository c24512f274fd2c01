"""Pure functions from values to Block Kit; every word the bot says in Slack lives here."""
