"""The rows of triage: what on-call has done with images, the record, and what Slack shows."""
