"""An upgrade plan for people: what changes and why, what it fixes, what stays, and what proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinkit.model.upgrade import PlannedChange, UpgradePlan

_SIGNS = {"added": "+", "removed": "-", "moved": "~", "hashes": "=", "targets": "="}
_PAINT = {"pass": "32", "fail": "31", "unknown": "33"}


def upgrade_text(plan: UpgradePlan, *, clean: Callable[[str], str], color: bool = False) -> str:
    """Changes by lock, findings fixed and left, signals, and the table of the proof.

    `clean` makes texts of others safe for a terminal.
    """
    lines = [*map(clean, _lines(plan)), *_proof(plan, clean, color=color)]
    return "".join(f"{line}\n" for line in lines)


def _lines(plan: UpgradePlan) -> Iterable[str]:
    yield plan.title
    for lock in dict.fromkeys(change.lock for change in plan.changes):
        yield f"{lock}:"
        yield from (_change(change) for change in plan.changes if change.lock == lock)
    yield from (f"{path}: written anew" for path in _other_files(plan))
    if plan.remediations:
        yield "fixed:"
        for fixed in plan.remediations:
            yield f"  {fixed.name} {fixed.version} -> {fixed.fixed_in}: {', '.join(fixed.ids)}"
    if plan.unfixable:
        yield "not kept:" if plan.mode == "fixup" else "not fixed:"
        for left in plan.unfixable:
            yield f"  {left.name} {left.version}{': ' if left.ids else ''}{', '.join(left.ids)}"
            yield from (f"    {line}" for line in left.why.splitlines())
    if plan.held:
        yield "held back:"
        for held in plan.held:
            first, *rest = held.why.splitlines()
            yield f"  {held.name}: {first}"
            yield from (f"    {line}" for line in rest)
    if plan.signals:
        yield "to look at:"
        for signal in plan.signals:
            evidence = f" ({'; '.join(signal.evidence)})" if signal.evidence else ""
            yield f"  {signal.kind}: {signal.name} {signal.version}: {signal.detail}{evidence}"


def _other_files(plan: UpgradePlan) -> Iterable[str]:
    """What the plan writes besides the locks whose changes are listed: inputs, and locks that are only mended."""
    told = {change.lock for change in plan.changes}
    return (
        each.path
        for each in plan.files
        if not any(each.path == lock or each.path.endswith(f"/{lock}") for lock in told)
    )


def _proof(plan: UpgradePlan, clean: Callable[[str], str], *, color: bool) -> Iterable[str]:
    if plan.proof:
        yield "proof:"
        width = max(len(each.check) for each in plan.proof)
        for each in plan.proof:
            yield f"  {clean(each.check):{width}}  {_result(each.result, color=color)}  {clean(each.detail)}"


def _change(change: PlannedChange) -> str:
    moved = " -> ".join(filter(None, (change.before, change.after if change.after != change.before else "")))
    kind = f" ({change.kind} only)" if change.kind in ("hashes", "targets") else ""
    return f"  {_SIGNS[change.kind]} {change.name} {moved}{kind}: {change.because}"


def _result(result: str, *, color: bool) -> str:
    return f"\x1b[{_PAINT[result]}m{result:7}\x1b[0m" if color else f"{result:7}"
