"""A lock as it is against the lock that its inputs give: what is missing, too much, another, or only written else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.check.findings import on_lock, on_pin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pinkit.model.finding import Finding
    from pinkit.model.lock import Lock, Pin

_RELOCK = "run `pinkit lock`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a lock should say: the re-lock of its inputs that keeps every pin that may be kept.

    `layers` are names of the locks that it is constrained by, with the version that they pin ("" = several).
    `lanes_of` answers the lanes of a marker text, to compare markers by meaning; None where it has no meaning.
    """

    lock: Lock
    text: str
    lanes_of: Callable[[str], int | None]
    layers: tuple[tuple[str, str, str], ...] = ()


def input_findings(path: str, actual: Lock, content: str, expected: Expected) -> tuple[Finding, ...]:
    """Every difference from `expected`, in line order. Hashes are judged elsewhere.

    A difference that changes nothing for an installer (an annotation, a comment, the header) is "stale" at
    warning level, named once with its first line.
    """
    found = list(_pin_findings(path, actual, expected))
    if not found and content != expected.text:
        found += _textual(path, content, expected.text)
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.kind, finding.name)))


def option_findings(path: str, options: Sequence[tuple[int, str]], expected: str) -> tuple[Finding, ...]:
    """Option lines ((line, text) pairs) that the inputs do not ask for: they change where files come from."""
    asked = set(expected.splitlines())
    return tuple(
        on_lock(
            "url",
            "error",
            path,
            f"the line {_shown(text)} is not of the inputs: files would come from elsewhere",
            "do not install from this lock; `pinkit lock` removes the line",
            line=line,
        )
        for line, text in options
        if text not in asked
    )


def _pin_findings(path: str, actual: Lock, expected: Expected) -> Iterator[Finding]:
    here, there = _by_name(actual), _by_name(expected.lock)
    for name in sorted({*here, *there}):
        if name not in there:
            for pin in here[name]:
                message = "nothing in the inputs needs this pin"
                yield on_pin("superfluous", "error", path, pin, message, _RELOCK)
        elif name not in here:
            pin = there[name][0]
            needed = f"needed by {', '.join(pin.via[:3])}" if pin.via else "needed"
            yield on_pin("unsatisfied", "error", path, pin, f"{needed}, but not pinned", _RELOCK, line=0)
        else:
            yield from _same_name(path, here[name], there[name], expected)


def _same_name(path: str, here: Sequence[Pin], there: Sequence[Pin], expected: Expected) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    for pin in here:
        if (pin.version, pin.marker) in seen:
            yield on_pin("duplicate", "error", path, pin, "pinned twice for the same targets", _RELOCK)
        seen.add((pin.version, pin.marker))
    wanted = {pin.version: pin for pin in there}
    for pin in here:
        if pin.version not in wanted:
            yield _version_finding(path, pin, there, expected)
        elif _differs(pin.marker, wanted[pin.version].marker, expected):
            right = wanted[pin.version].marker or "every target"
            message = f"its marker {_shown(pin.marker or 'of every target')} is wrong: needed for {right}"
            yield on_pin("wrong-marker", "error", path, pin, message, _RELOCK)
    for version in sorted(wanted.keys() - {pin.version for pin in here}):
        if len(here) < len(there):
            message = (
                f"{wanted[version].name} {version} is needed for {wanted[version].marker}, but not pinned"
            )
            yield on_pin("unsatisfied", "error", path, wanted[version], message, _RELOCK, line=here[0].line)


def _version_finding(path: str, pin: Pin, there: Sequence[Pin], expected: Expected) -> Finding:
    versions = " or ".join(dict.fromkeys(other.version for other in there))
    for layer, name, version in expected.layers:
        if name == pin.name and version and version != pin.version:
            message = f"{layer} pins {version}: the layers disagree"
            return on_pin("layer-conflict", "error", path, pin, message, _RELOCK)
    message = f"this version is no answer to the inputs: they give {versions}"
    if pin.source is not None and not pin.version:
        message = (
            "what it is taken from is no answer to the inputs: they name another place, or another commit"
        )
    return on_pin("unsatisfied", "error", path, pin, message, _RELOCK)


def _differs(left: str, right: str, expected: Expected) -> bool:
    if left == right:
        return False
    lanes = expected.lanes_of(left)
    return lanes is None or lanes != expected.lanes_of(right)


def _textual(path: str, content: str, expected: str) -> list[Finding]:
    lines, wanted = content.splitlines(), expected.splitlines()
    if lines == wanted:
        return []
    body, wanted_body = _body(lines), _body(wanted)
    if body == wanted_body:
        return []
    skipped = len(lines) - len(body)
    at = next((i for i, pair in enumerate(zip(body, wanted_body, strict=False)) if pair[0] != pair[1]), None)
    line = skipped + (min(len(body), len(wanted_body)) if at is None else at) + 1
    now = lines[line - 1].strip() if line <= len(lines) else "the end of the file"
    message = f"written otherwise than the inputs give it, from {_shown(now)} on"
    return [on_lock("stale", "warning", path, message, _RELOCK, line=line)]


def _body(lines: list[str]) -> list[str]:
    start = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    return lines[start:]


def _by_name(lock: Lock) -> dict[str, list[Pin]]:
    found: dict[str, list[Pin]] = {}
    for pin in lock.pins:
        found.setdefault(pin.name, []).append(pin)
    return found


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
