"""What a forge keeps: one repository, which is a bare git repository on disk, and its proposals."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scripts.stand_in.git_remote import git, told

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = {"github": 65_536, "gitlab": 1_048_576, "forgejo": 65_536}


@dataclass
class Kept:
    """A proposal as the forge has it."""

    number: int
    branch: str
    base: str
    title: str
    body: str
    labels: list[str]
    state: str = "open"
    fork: bool = False
    comments: list[str] = field(default_factory=list)


class Refused(Exception):
    """What the forge will not do: the status and the JSON that it answers with."""

    def __init__(self, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code, self.content = code, {"message": message, **more}


class State:
    """The repository `slug` below `root`, and what was proposed for it."""

    def __init__(self, kind: str, root: Path, slug: str) -> None:
        self.kind, self.root, self.slug = kind, root, slug
        self.repository = root / f"{slug}.git"
        self.proposals: list[Kept] = []
        self.labels = ["dependencies", "bug"]
        self.url = ""

    def tip(self, branch: str) -> str:
        """The commit of a branch; "" where there is none."""
        try:
            return told(self.repository, "rev-parse", "-q", "--verify", f"refs/heads/{branch}")
        except subprocess.CalledProcessError:
            return ""

    def at(self, branch: str, path: str) -> str:
        """A file's text at a branch."""
        return git(self.repository, "show", f"{branch}:{path}").decode()

    def opened(self, branch: str, base: str, title: str, body: str, labels: list[str]) -> Kept:
        """A new proposal. Raises `Refused` as the forge does: for unknown branches, a second one, too long a text."""
        if not self.tip(branch) or not self.tip(base):
            raise Refused(422, "Validation Failed", errors=[{"field": "head", "message": "head is invalid"}])
        asked = (branch, base)
        if any(p.state == "open" and not p.fork and (p.branch, p.base) == asked for p in self.proposals):
            code = 422 if self.kind == "github" else 409
            raise Refused(code, "Validation Failed", errors=[{"message": "already exists"}])
        self.check_text(title, body)
        number = len(self.proposals) + 1
        kept = Kept(number=number, branch=branch, base=base, title=title, body=body, labels=list(labels))
        self.proposals.append(kept)
        return kept

    def change(self, kept: Kept, title: str | None, body: str | None, state: str | None) -> None:
        """Set what is not None. Raises `Refused` for too long a text."""
        self.check_text(title or kept.title, kept.body if body is None else body)
        kept.title = title or kept.title
        kept.body = kept.body if body is None else body
        kept.state = state or kept.state

    def check_text(self, title: str, body: str) -> None:
        """Raises `Refused` for too long a text."""
        if not title or len(title) > 255 or len(body) > LIMIT[self.kind]:
            raise Refused(422, "Validation Failed", errors=[{"message": "body is too long"}])

    def proposal(self, number: str) -> Kept:
        """The proposal of a number. Raises `Refused` where there is none."""
        found = next((p for p in self.proposals if str(p.number) == number), None)
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def chosen(self, state: str, branch: str = "", base: str = "") -> list[Kept]:
        """Those in a state ("all": any) of a branch and a base, where given; newest first."""
        return [
            p
            for p in reversed(self.proposals)
            if (state == "all" or p.state == state)
            and (not branch or p.branch == branch)
            and (not base or p.base == base)
        ]
