"""What comes in from Slack: commands, actions, options and views."""
