"""What the index says of a pin besides its hashes: yanked, vanished, archived or quarantined, served twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.check.findings import on_pin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinkit.model.distribution import Distribution, Project
    from pinkit.model.finding import Finding
    from pinkit.model.lock import Pin

ONE_INDEX = "give the name an index of its own, or claim it on the other one"
"""What to do where several indexes serve a name."""

_QUARANTINED = "the index has quarantined this project: it may be malicious"
_ENDED = {
    "archived": "the project is archived: no release is to be expected",
    "deprecated": "the project is deprecated by its maintainers",
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
        message = "the index has no file of this release any more"
        yield on_pin("vanished", "error", lock, pin, message, f"lock again with `pinkit lock -P {pin.name}`")
        return
    reasons = [file.yanked for file in files]
    if None not in reasons:
        reason = next((r for r in reasons if r), "")
        message = "the release was yanked" + (f": {reason}" if reason else "")
        yield on_pin("yanked", "warning", lock, pin, message, f"move it with `pinkit lock -P {pin.name}`")


def _shadowed(lock: str, pin: Pin, project: Project, having: Sequence[str]) -> Iterator[Finding]:
    has = "have" if len(having) > 1 else "has"
    message = (
        f"{' and '.join(having)} {has} this release; {project.index}, which answers for the name, has not"
    )
    yield on_pin("confusion", "error", lock, pin, message, ONE_INDEX)


def _status(lock: str, pin: Pin, project: Project) -> Iterator[Finding]:
    if project.status == "quarantined":
        yield on_pin("vanished", "error", lock, pin, _QUARANTINED)
    elif project.status in _ENDED:
        yield on_pin("stale", "note", lock, pin, _ENDED[project.status])


def _confusion(lock: str, pin: Pin, project: Project, serving: Sequence[str]) -> Iterator[Finding]:
    others = [index for index in serving if index != project.index]
    if others:
        message = f"taken from {project.index}, but also served by {' and '.join(others)}"
        yield on_pin("confusion", "warning", lock, pin, message, ONE_INDEX)
