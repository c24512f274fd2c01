"""Strict simulated SCP and Slack, for `python -m bot demo` and the tests; nothing else imports them."""
