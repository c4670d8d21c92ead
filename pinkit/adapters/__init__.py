"""The outside world behind ports: index, store, OSV, sandbox, git, host."""
