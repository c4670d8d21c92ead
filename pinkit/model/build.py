"""Builds as values: which backend makes a project's distributions, and under which conditions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSystem:
    """The `[build-system]` of a project (PEP 518, 517): PEP 508 `requires`, the `backend` object, its path."""

    requires: tuple[str, ...]
    backend: str
    backend_path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Everything about a build that is not its sources: two builds under equal ones should give equal bytes.

    `path` is where the source tree stands inside the sandbox. `env` are (name, value) pairs over an otherwise
    fixed environment. `wrapper` is put before the command (faketime, taskset). `umask` as in umask(2).
    """

    path: str = "/build/src"
    env: tuple[tuple[str, str], ...] = ()
    umask: int = 0o022
    hostname: str = "build"
    wrapper: tuple[str, ...] = ()
    timeout_s: float = 900.0
