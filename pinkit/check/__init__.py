"""Is a lock an honest answer? Judging its pins against what indexes and a second look say. No I/O."""
