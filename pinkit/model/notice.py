"""One thing a command says about one place in a file: what SARIF and annotations of forges show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What kind of notice it is. `id` is stable; `title` is one line; `help` may be Markdown.

    `score` is a CVSS-like number (0.0 to 10.0) for tools that rank security notices, None for others.
    """

    id: str
    title: str
    help: str = ""
    url: str = ""
    score: float | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A rule that holds at `file`, `line` (1-based, 0 = the whole file).

    `subject` is what the notice is about in words that survive edits of the file ("urllib3 CVE-2021-33503"):
    with rule and file it identifies the notice from run to run. `suppressed` is why it is kept quiet ("" = it
    is not). `baseline` is "new" or "unchanged" after a comparison, else "".
    """

    rule: Rule
    level: Level
    message: str
    file: str
    line: int = 0
    subject: str = ""
    suppressed: str = ""
    baseline: Literal["", "new", "unchanged"] = ""
