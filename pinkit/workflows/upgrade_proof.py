"""The proof of an upgrade on the whole new locks: every check says pass, fail or unknown, with its detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.errors import PinkitError, Unavailable
from pinkit.formats.filenames import FilenameReader
from pinkit.formats.input_edit import changed_names, with_statements_of
from pinkit.model.change import changes_between
from pinkit.model.upgrade import Proof
from pinkit.resolve.lanes import environment
from pinkit.resolve.tags import Wheels
from pinkit.upgrade.bounds import moved_down
from pinkit.workflows.check_referee import refereed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from pinkit.model.lock import Lock, Pin
    from pinkit.model.upgrade import Result
    from pinkit.workflows.lock import LockOutcome
    from pinkit.workflows.upgrade_inputs import Edits
    from pinkit.workflows.upgrade_steps import Locks


def proofs(
    before: Mapping[str, Lock],
    locks: Locks,
    *,
    waived: Collection[str],
    waiver: str = "a security fix",
    reaudit: Callable[[], tuple[Result, str]],
    edits: Edits | None = None,
    only: Collection[str] = (),
) -> tuple[Proof, ...]:
    """Every check of the new locks in `locks.now` against those `before`, in a fixed order.

    `waived` are names that may be younger than the cooldown, `waiver` says why. `reaudit` audits the new locks.
    `edits` are inputs that were widened: (as it was, as it is to be) by path. `only` are names of checks, for callers
    that need just those.
    """
    checks: tuple[tuple[str, Callable[[], tuple[Result, str]]], ...] = (
        ("targets", lambda: _targets(locks)),
        ("fixed-point", lambda: _fixed_point(locks)),
        ("no-pin-down", lambda: _nothing_down(before, locks)),
        ("advisories", reaudit),
        ("not-yanked", lambda: _not_yanked(before, locks)),
        ("age", lambda: _age(before, locks, waived, waiver)),
        ("wheels", lambda: _wheels(before, locks)),
        ("hashes", lambda: _hashes(before, locks)),
    )
    if edits:
        checks += (("inputs", lambda: _inputs(edits)),)
    found = []
    for name, check in ((n, c) for n, c in checks if not only or n in only):
        try:
            result, detail = check()
        except (Unavailable, PinkitError) as error:
            result, detail = "unknown", error.what
        found.append(Proof(check=name, result=result, detail=detail))
    return tuple(found)


def moved_pins(before: Mapping[str, Lock], locks: Locks) -> tuple[tuple[str, Pin], ...]:
    """(lock, pin) of every pin that is new or has another version than before."""
    found = []
    for path, outcome in locks.now.items():
        known = {(pin.name, pin.version) for pin in before[path].pins}
        found += [(path, pin) for pin in outcome.lock.pins if (pin.name, pin.version) not in known]
    return tuple(found)


def _targets(locks: Locks) -> tuple[Result, str]:
    told = {path: refereed(path, outcome, outcome.lock) for path, outcome in locks.now.items()}
    objections = [finding for each in told.values() for finding in each.findings]
    lanes = sum(len(outcome.answer.lanes.environments) for outcome in locks.now.values())
    if objections:
        return "fail", f"{objections[0].lock}: {objections[0].name}: {objections[0].message}"
    for path, each in told.items():
        if each.unread:
            pin = each.unread[0]
            return "unknown", f"{path}: nobody knows what {pin.name} {pin.version} requires"
    said = f"{len(locks.now)} lock{'s' * (len(locks.now) != 1)} for {lanes} target{'s' * (lanes != 1)}"
    return "pass", f"the second solver accepts {said}"


def _fixed_point(locks: Locks) -> tuple[Result, str]:
    for path, again in locks.again().items():
        if again.text != locks.now[path].text:
            return "fail", f"{path} would change again when locked"
    return "pass", "locking again changes nothing"


def _nothing_down(before: Mapping[str, Lock], locks: Locks) -> tuple[Result, str]:
    down = [
        f"{path}: {name} {old} -> {new}"
        for path, outcome in locks.now.items()
        for name, old, new in moved_down(before[path], outcome.lock)
    ]
    return ("fail", "; ".join(down)) if down else ("pass", "no pin moved down")


def _not_yanked(before: Mapping[str, Lock], locks: Locks) -> tuple[Result, str]:
    yanked = []
    moved = moved_pins(before, locks)
    for path, pin in moved:
        files = locks.now[path].catalog.distributions(pin.name, pin.version) if pin.source is None else ()
        if files and all(file.yanked is not None for file in files):
            yanked.append(f"{pin.name} {pin.version}")
        elif files and locks.now[path].catalog.project(pin.name).status == "quarantined":
            yanked.append(f"{pin.name} {pin.version} (the project is quarantined)")
    return (
        ("fail", ", ".join(dict.fromkeys(yanked)))
        if yanked
        else ("pass", f"none of {len(moved)} moved pins is yanked")
    )


def _age(
    before: Mapping[str, Lock], locks: Locks, waived: Collection[str], waiver: str
) -> tuple[Result, str]:
    young: list[str] = []
    undated: list[str] = []
    spared: list[str] = []
    for path, pin in moved_pins(before, locks):
        if pin.source is not None:
            continue
        files = locks.now[path].catalog.distributions(pin.name, pin.version)
        times = [file.upload_time for file in files if set(file.hashes) & set(pin.hashes)]
        if any(time is None for time in times) or not times:
            undated.append(f"{pin.name} {pin.version}")
        elif max(time or 0 for time in times) > locks.tools.now - _age_s(before[path], locks, pin):
            (spared if pin.name in waived else young).append(f"{pin.name} {pin.version}")
    if young:
        return "fail", f"younger than the cooldown: {', '.join(sorted(set(young)))}"
    if undated:
        return (
            "unknown",
            f"the index does not say when these were uploaded: {', '.join(sorted(set(undated)))}",
        )
    if spared:
        return "pass", f"waived for {waiver}: {', '.join(sorted(set(spared)))}"
    if not locks.cooldown.uniform:
        return "pass", "every moved file is as old as its name and kind of move have to be"
    return "pass", f"every moved file is older than {locks.cooldown.default_s // 86_400} days"


def _age_s(before: Lock, locks: Locks, pin: Pin) -> int:
    return locks.age_s(pin.name, [old.version for old in before.pins if old.name == pin.name], pin.version)


def _wheels(before: Mapping[str, Lock], locks: Locks) -> tuple[Result, str]:
    lost: list[str] = []
    for path, outcome in locks.now.items():
        for change in changes_between(before[path], outcome.lock):
            if change.kind == "moved":
                had = _fitting(change.name, before[path], outcome)
                gone = had.keys() - _fitting(change.name, outcome.lock, outcome).keys()
                lost += [
                    f"{change.name} on {target}, which had one of {had[target]}" for target in sorted(gone)
                ]
    return (
        ("fail", "; ".join(dict.fromkeys(lost)))
        if lost
        else ("pass", "every target that had a wheel still has one")
    )


def _fitting(name: str, lock: Lock, outcome: LockOutcome) -> dict[str, str]:
    """Targets for which the lock has a wheel of `name`, with the version that it pins there."""
    from packaging.markers import Marker

    reader, found = FilenameReader(name), {}
    for pin in lock.pins:
        if pin.name != name or pin.source is not None:
            continue
        files = outcome.catalog.distributions(name, pin.version)
        kinds = {
            parsed[1] for file in files if (parsed := reader.parse(file.filename)) and parsed[1] != "sdist"
        }
        marker = Marker(pin.marker) if pin.marker else None
        for target in (each for group in outcome.answer.lanes.targets for each in group):
            applies = marker is None or marker.evaluate(dict(environment(target)))
            if applies and any(Wheels([target]).accepting(kind) for kind in kinds):
                found[target.name] = pin.version
    return found


def _hashes(before: Mapping[str, Lock], locks: Locks) -> tuple[Result, str]:
    changed = []
    for path, outcome in locks.now.items():
        old = {(pin.name, pin.version): frozenset(pin.hashes) for pin in before[path].pins}
        changed += [
            f"{path}: {pin.name}"
            for pin in outcome.lock.pins
            if old.get((pin.name, pin.version), frozenset(pin.hashes)) != frozenset(pin.hashes)
        ]
    return ("fail", ", ".join(changed)) if changed else ("pass", "hashes of unmoved pins are as they were")


def _inputs(edits: Edits) -> tuple[Result, str]:
    """Whether each file is as it was, byte for byte, once the statements of the widened names are."""
    names: set[str] = set()
    for path, (before, after) in sorted(edits.items()):
        changed = changed_names(before, after, path)
        if with_statements_of(before, after, path, changed) != before:
            return "fail", f"{path} changed beyond its specifiers"
        names |= changed
    return (
        "pass",
        f"of {', '.join(sorted(edits))} only the specifiers of {', '.join(sorted(names))} are others",
    )


def worst(results: Iterable[Proof]) -> Result:
    """ "fail" when one fails, else "unknown" when one is, else "pass"."""
    said = {proof.result for proof in results}
    if "fail" in said:
        return "fail"
    return "unknown" if "unknown" in said else "pass"
