"""Tags and trees of a local clone, read by git without running anything of the repository's."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable
from pinkit.rebuild.compare_git import Blob

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TIMEOUT_S = 120
_EXECUTABLE = "100755"


@dataclass(frozen=True, slots=True, kw_only=True)
class GitTree:
    """A local clone (`workflows.tagged_commit.Repository`)."""

    path: Path

    def tags(self) -> Mapping[str, str]:
        """Tag -> full id of the commit it stands for."""
        lines = self._git(
            "for-each-ref", "--format=%(refname:strip=2) %(objectname) %(*objectname)", "refs/tags"
        )
        found = {}
        for line in lines.decode("utf-8", "replace").splitlines():
            name, own, *peeled = line.split(" ")
            found[name] = next((each for each in peeled if each), own)
        return found

    def object_format(self) -> str:
        """ "sha1" or "sha256"."""
        return self._git("rev-parse", "--show-object-format").decode("ascii").strip()

    def blobs(self, commit: str) -> Mapping[str, Blob]:
        """Path -> blob of every file and symbolic link of the commit; submodules are left out."""
        listed = self._git("ls-tree", "-r", "-z", "--full-tree", commit)
        found = {}
        for line in listed.split(b"\0"):
            if line:
                facts, _, path = line.partition(b"\t")
                mode, kind, identity = facts.decode("ascii").split(" ")
                if kind == "blob":
                    found[os.fsdecode(path)] = Blob(identity, mode == _EXECUTABLE)
        return found

    def _git(self, *arguments: str) -> bytes:
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_NO_LAZY_FETCH": "1",
        }
        command = [
            "git",
            "-C",
            str(self.path),
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.hooksPath=/dev/null",
        ]
        try:
            done = subprocess.run(
                [*command, *arguments], env=environment, capture_output=True, timeout=_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"git cannot read {self.path}", str(error)) from error
        if done.returncode != 0:
            told = done.stderr.decode("utf-8", "replace").strip()
            raise Unavailable(f"git cannot read {self.path}", told, "give a local clone with its tags")
        return done.stdout
