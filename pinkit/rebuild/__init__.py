"""Fingerprints, plans, comparison and verdicts of rebuilt artifacts. No I/O beyond the bytes given."""
