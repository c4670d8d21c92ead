"""pinkit: reproducible builds and pinned dependencies."""

__version__ = "0.1.0"
