"""What the index says of a pin besides its hashes: yanked, vanished, archived or quarantined, served twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinkit.model.distribution import Distribution, Project
    from pinkit.model.lock import Pin

ONE_INDEX = "give the name an index of its own, or claim it on the other one"
"""What to do where several indexes serve a name."""

_STATUS = {
    "quarantined": ("error", "the index has quarantined this project: it may be malicious"),
    "archived": ("note", "the project is archived: no release is to be expected"),
    "deprecated": ("note", "the project is deprecated by its maintainers"),
}


def fact_findings(
    lock: str,
    pin: Pin,
    project: Project,
    files: Sequence[Distribution],
    serving: Sequence[str],
    having: Sequence[str] = (),
) -> tuple[Finding, ...]:
    """Findings of one pin from its project's page; `serving` are all indexes that serve the name, in order.

    `having` are those of them besides the project's own that have files of the release. Yanked as in PEP 592 (a
    release is yanked when all its files are), project status as in PEP 792.
    """
    return (
        *(_shadowed(lock, pin, project, having) if having and not files else _presence(lock, pin, files)),
        *_status(lock, pin, project),
        *_confusion(lock, pin, project, serving),
    )


def _presence(lock: str, pin: Pin, files: Sequence[Distribution]) -> Iterator[Finding]:
    if not files:
        yield Finding(
            kind="vanished",
            severity="error",
            lock=lock,
            line=pin.line,
            name=pin.name,
            version=pin.version,
            message="the index has no file of this release any more",
            hint=f"lock again with `pinkit lock -P {pin.name}`",
        )
        return
    reasons = [file.yanked for file in files]
    if None not in reasons:
        reason = next((r for r in reasons if r), "")
        yield Finding(
            kind="yanked",
            severity="warning",
            lock=lock,
            line=pin.line,
            name=pin.name,
            version=pin.version,
            message="the release was yanked" + (f": {reason}" if reason else ""),
            hint=f"move it with `pinkit lock -P {pin.name}`",
        )


def _shadowed(lock: str, pin: Pin, project: Project, having: Sequence[str]) -> Iterator[Finding]:
    has = "have" if len(having) > 1 else "has"
    yield Finding(
        kind="confusion",
        severity="error",
        lock=lock,
        line=pin.line,
        name=pin.name,
        version=pin.version,
        message=f"{' and '.join(having)} {has} this release; {project.index}, which answers for the name, has not",
        hint=ONE_INDEX,
    )


def _status(lock: str, pin: Pin, project: Project) -> Iterator[Finding]:
    told = _STATUS.get(project.status)
    if told is not None:
        severity, message = told
        yield Finding(
            kind="vanished" if severity == "error" else "stale",
            severity="error" if severity == "error" else "note",
            lock=lock,
            line=pin.line,
            name=pin.name,
            version=pin.version,
            message=message,
        )


def _confusion(lock: str, pin: Pin, project: Project, serving: Sequence[str]) -> Iterator[Finding]:
    others = [index for index in serving if index != project.index]
    if others:
        yield Finding(
            kind="confusion",
            severity="warning",
            lock=lock,
            line=pin.line,
            name=pin.name,
            version=pin.version,
            message=f"taken from {project.index}, but also served by {' and '.join(others)}",
            hint=ONE_INDEX,
        )
