"""Findings as all checks make them: on a pin, at its line, or on a lock as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.finding import Finding, FindingKind, Severity

if TYPE_CHECKING:
    from pinkit.model.lock import Pin


def on_release(
    kind: FindingKind,
    severity: Severity,
    lock: str,
    release: tuple[str, str],
    message: str,
    hint: str = "",
    *,
    line: int = 0,
) -> Finding:
    """A finding on a release (name, version) that the lock at `lock` has, or should have."""
    name, version = release
    return Finding(
        kind=kind,
        severity=severity,
        lock=lock,
        line=line,
        name=name,
        version=version,
        message=message,
        hint=hint,
    )


def on_pin(
    kind: FindingKind,
    severity: Severity,
    lock: str,
    pin: Pin,
    message: str,
    hint: str = "",
    *,
    line: int | None = None,
) -> Finding:
    """A finding on a pin of the lock at `lock`, at the pin's line unless told."""
    place = pin.line if line is None else line
    return on_release(kind, severity, lock, (pin.name, pin.version), message, hint, line=place)


def on_lock(
    kind: FindingKind, severity: Severity, lock: str, message: str, hint: str = "", *, line: int = 0
) -> Finding:
    """A finding on the lock at `lock` as a file."""
    return on_release(kind, severity, lock, ("", ""), message, hint, line=line)
