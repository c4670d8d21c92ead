"""A plan dressed for people: the body of a pull request, cut to what the forge takes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pinkit.formats.forge_text import code, linked, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinkit.model.upgrade import PlannedChange, Remediation, UpgradePlan

_ADVISORY = "https://osv.dev/vulnerability/"
_WORDS = {"pass": "pass", "fail": "**FAIL**", "unknown": "**unknown**"}
_CUT = "\n_Cut to the length that this forge takes; the whole is in the plan's file._\n"
_CHANGE_HEAD = ("| Lock | Project | From | To | Because | Published |", "|---|---|---|---|---|---|")


def proposal_body(plan: UpgradePlan, digest: str, limit: int) -> str:
    """The Markdown body in at most `limit` characters: the verdict first, then rows as far as they fit.

    Texts of others have no effect in it. The digest is always in it.
    """
    footer = _footer(plan, digest)
    room = limit - len(footer) - len(_CUT)
    text, whole = "", True
    for line in _lines(plan):
        if len(text) + len(line) + 1 > room:
            whole = False
            break
        text += line + "\n"
    return text + ("" if whole else _CUT) + footer


def withdrawn_body(body: str, digest: str) -> str:
    """The body of a proposal that is closed by us, so that its digest no longer counts as declined by a person."""
    return body.replace(digest, f"{digest[:15]}… (closed by pinkit)")


def _lines(plan: UpgradePlan) -> Iterable[str]:
    yield from (f"**{_verdict(plan)}**", "")
    if plan.summary:
        yield from (shown(plan.summary), "")
    yield from _table("Proof", ("| Check | Result | Detail |", "|---|---|---|"), _proof(plan))
    yield from _table(
        f"Changes ({len(plan.changes)})", _CHANGE_HEAD, [_change(plan, c) for c in plan.changes]
    )
    yield from _table(f"Fixed ({len(plan.remediations)})", (), [_remedy(r) for r in plan.remediations])
    yield from _table(f"Remaining ({len(plan.unfixable)})", (), _remaining(plan))
    held = [f"- {code(each.name)}: {shown('; '.join(each.why.splitlines()))}" for each in plan.held]
    yield from _table(f"Held back ({len(held)})", (), held)
    yield from _table(f"To look at ({len(plan.signals)})", (), _signals(plan))


def _verdict(plan: UpgradePlan) -> str:
    failed = sum(each.result == "fail" for each in plan.proof)
    unknown = sum(each.result == "unknown" for each in plan.proof)
    if plan.proved:
        return f"Proved: {_count(len(plan.proof), 'check')} passed on the whole set of locks."
    if not plan.proof:
        return "Not proved: no check was made."
    parts = [
        f"{count} {word}" for count, word in ((failed, "failed"), (unknown, "without an answer")) if count
    ]
    return f"Not proved: of {_count(len(plan.proof), 'check')}, {' and '.join(parts)}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _table(title: str, head: Sequence[str], rows: Sequence[str]) -> Iterable[str]:
    if rows:
        yield from (f"### {title}", "", *head, *rows, "")


def _proof(plan: UpgradePlan) -> list[str]:
    return [f"| {shown(p.check)} | {_WORDS[p.result]} | {shown(p.detail)} |" for p in plan.proof]


def _change(plan: UpgradePlan, change: PlannedChange) -> str:
    after = linked(change.after or "removed", change.compare)
    cells = (
        code(change.lock),
        code(change.name),
        shown(change.before or "new"),
        after if change.kind in ("moved", "added", "removed") else f"{after} ({change.kind})",
        shown(change.because),
        _age(change.uploaded, plan.cutoff),
    )
    return f"| {' | '.join(cells)} |"


def _age(uploaded: str, cutoff: str) -> str:
    if not uploaded:
        return "unknown"
    try:
        day = datetime.fromisoformat(uploaded)
        age = (datetime.fromisoformat(cutoff) - day).days if cutoff else None
    except (ValueError, TypeError):
        return shown(uploaded)
    return f"{day:%Y-%m-%d}" + (f", {_count(age, 'day')} before" if age is not None else "")


def _remedy(remedy: Remediation) -> str:
    severity = f" ({shown(remedy.severity)})" if remedy.severity else ""
    summary = f": {shown(remedy.summary)}" if remedy.summary else ""
    pin = f"{code(remedy.name)} {shown(remedy.version)}, fixed in {shown(remedy.fixed_in)}"
    return f"- {_ids(remedy.ids)}{severity} {pin}{summary}"


def _remaining(plan: UpgradePlan) -> list[str]:
    return [f"- {_ids(u.ids)} {code(u.name)} {shown(u.version)}: {shown(u.why)}" for u in plan.unfixable]


def _ids(ids: Sequence[str]) -> str:
    first, others = (ids[0] if ids else "?"), ids[1:]
    plain = first.replace("-", "").isalnum() and first.isascii()
    named = linked(first, _ADVISORY + first) if plain else shown(first)
    return named + (f" ({', '.join(map(shown, others))})" if others else "")


def _signals(plan: UpgradePlan) -> list[str]:
    rows = []
    for signal in plan.signals:
        evidence = f" ({'; '.join(map(code, signal.evidence))})" if signal.evidence else ""
        row = f"- {shown(signal.kind)}: {code(signal.name)} {shown(signal.version)}: {shown(signal.detail)}"
        rows.append(row + evidence)
    return rows


def _footer(plan: UpgradePlan, digest: str) -> str:
    lines = ["", "---"]
    if plan.command:
        lines.append(f"Reproduce: {code(plan.command)}")
    lines.append(
        "A newer plan replaces this one as long as the branch has only commits by pinkit; closing it declines"
        f" this plan. Plan {code(digest)}"
    )
    return "\n".join(lines) + "\n"
