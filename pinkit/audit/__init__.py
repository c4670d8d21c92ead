"""Matching pins against advisories and triage of findings. No I/O."""
