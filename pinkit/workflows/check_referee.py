"""The referee's word on a lock: resolvelib over the pins alone, target by target."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.check.findings import on_release
from pinkit.errors import Unavailable, Unsolvable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.finding import Finding
    from pinkit.model.lock import Lock, Pin
    from pinkit.model.requirement import Dependency
    from pinkit.resolve.referee import Exhibit, Objection
    from pinkit.workflows.lock import LockOutcome


class Refereed(NamedTuple):
    """What the second solver objects to in any target, each objection once.

    `unread` are pins whose requirements nobody knows: with any, it was not asked, and accepts nothing.
    """

    findings: tuple[Finding, ...] = ()
    unread: tuple[Pin, ...] = ()


def refereed(path: str, outcome: LockOutcome, actual: Lock) -> Refereed:
    """The referee's word on the pins of `actual`, by the requirements and the metadata behind `outcome`."""
    from pinkit.resolve.referee import judge_all

    shown = [(pin, _exhibit(pin, outcome)) for pin in actual.pins]
    unread = tuple(pin for pin, exhibit in shown if exhibit is None)
    if unread:
        return Refereed(unread=unread)
    problem = outcome.answer.problem
    exhibits = [exhibit for _, exhibit in shown if exhibit is not None]
    environments = outcome.answer.lanes.environments
    judged = judge_all(environments, exhibits, problem.requirements, problem.constraints)
    objections = dict.fromkeys(objection for each in judged for objection in each)
    lines = {pin.name: pin.line for pin in actual.pins}
    return Refereed(
        tuple(_finding(path, objection, lines.get(objection.name, 0)) for objection in objections)
    )


def _exhibit(pin: Pin, outcome: LockOutcome) -> Exhibit | None:
    from pinkit.resolve.referee import Exhibit

    # Nothing needs a stranger, and nobody's code is run to learn what it would bring.
    stranger = all(node.name != pin.name for node in outcome.answer.nodes)
    rows = () if stranger else _rows(pin, outcome)
    if rows is None:
        return None
    node = next((n for n in outcome.answer.nodes if n.name == pin.name and " @ " in n.version), None)
    url = node.version.partition(" @ ")[2] if node else ""
    return Exhibit(name=pin.name, version=pin.version, dependencies=tuple(rows), marker=pin.marker, url=url)


def _rows(pin: Pin, outcome: LockOutcome) -> Iterable[Dependency] | None:
    candidates = outcome.answer.world.candidates(pin.name)
    for version in candidates.versions:
        if version == pin.version or version.startswith(f"{pin.version} @ "):
            try:
                return outcome.answer.world.dependencies(pin.name, version)
            except (Unavailable, Unsolvable):
                return None
    return None


def _finding(path: str, objection: Objection, line: int) -> Finding:
    who = f"{' '.join(objection.parent)} needs" if objection.parent else "the inputs need"
    message = {
        "missing": f"{who} {objection.asked or objection.name}, and nothing is pinned",
        "unsatisfied": f"{who} {objection.asked}, but {objection.version} is pinned",
        "superfluous": "nothing needs this pin",
        "ambiguous": "two pins hold for one target",
        "unreadable": f"{objection.asked} cannot be read",
    }[objection.kind]
    release = (objection.name, objection.version)
    return on_release(
        "referee", "error", path, release, f"the second solver: {message}", "run `pinkit lock`", line=line
    )
