"""Strict simulated SCP and Slack, for the demo and the tests; nothing else imports them."""
