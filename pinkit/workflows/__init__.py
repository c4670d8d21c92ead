"""One function per command, over ports."""
