"""What everything needs that runs by itself: time that passes, failures that last, Slack's pace."""
