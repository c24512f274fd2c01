"""Triage: claim, snooze, accept, reject; who may, in what order, with what record."""
