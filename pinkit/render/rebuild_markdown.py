"""A verify run as a job summary in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinkit.model.rebuild import Standing

if TYPE_CHECKING:
    from pinkit.rebuild.report import VerifyReport

_SIGNS = {Standing.PASS: "✅", Standing.WARN: "⚠️", Standing.INCONCLUSIVE: "❔", Standing.FAIL: "❌"}
_ACTIVE = re.compile(r"([\\`*_{}\[\]()#+!|<>@&~-])")
_MAX_SHOWN = 10


def rebuild_markdown(report: VerifyReport) -> str:
    """A heading, the sentence with the numbers, a table; what does not pass with its first discrepancies."""
    lines = ["## pinkit verify", "", _plain(report.summary()), ""]
    lines += ["| | release | file | verdict | builds |", "|---|---|---|---|---|"]
    for outcome in report.outcomes:
        cells = (
            f"{outcome.name} {outcome.version}",
            outcome.file or "-",
            outcome.verdict.value,
            str(outcome.builds),
        )
        lines.append(f"| {_SIGNS[report.standing(outcome)]} | {' | '.join(map(_plain, cells))} |")
    for outcome in report.outcomes:
        told = [*outcome.reason.splitlines()]
        told += [
            f"{d.kind}: {d.member or '(archive)'}: {d.detail}" for d in outcome.discrepancies[:_MAX_SHOWN]
        ]
        if told and report.standing(outcome) is not Standing.PASS:
            lines += ["", f"**{_plain(outcome.name)} {_plain(outcome.version)}**", ""]
            lines += [f"- {_plain(line)}" for line in told]
    for found in report.regressions:
        lines += [
            "",
            f"❌ {_plain(found.name)} {_plain(found.before)} was reproduced, {_plain(found.version)} is not.",
        ]
    return "\n".join([*lines, ""])


def _plain(text: str) -> str:
    """`text` of others as literal text: no markup, no mention, no link, one line."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return _ACTIVE.sub(r"\\\1", shown)
