"""On-call's triage as values and rules; pure."""
