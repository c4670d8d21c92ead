"""What the stand-in answers for GitHub's Git Data API: refs, commits, trees and blobs of a bare repository."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from scripts.stand_in.forge_state import Refused
from scripts.stand_in.git_remote import git, told

if TYPE_CHECKING:
    from pathlib import Path

_ENTRY = re.compile(r"(\d+) (\w+) (\w+)\t(.*)")


def answer_git_data(at: Path, method: str, parts: list[str], content: Any) -> Any:
    """The answer to a request below `/git/`; None for one without content."""
    match method, parts:
        case "GET", ["ref", name]:
            return {"ref": f"refs/{unquote(name)}", "object": {"sha": _tip(at, name), "type": "commit"}}
        case "GET", ["commits", sha]:
            return _commit(at, sha)
        case "GET", ["trees", sha]:
            entries = map(_ENTRY.fullmatch, told(at, "ls-tree", "-z", sha).split("\0"))
            return {"tree": [{"mode": e[1], "type": e[2], "sha": e[3], "path": e[4]} for e in entries if e]}
        case "GET", ["blobs", sha]:
            blob = base64.encodebytes(git(at, "cat-file", "blob", sha)).decode()
            return {"content": blob, "encoding": "base64"}
        case "POST", ["blobs"]:
            blob = base64.b64decode(content["content"])
            return {"sha": told(at, "hash-object", "-w", "--stdin", stdin=blob)}
        case "POST", ["trees"]:
            return {"sha": _tree(at, content)}
        case "POST", ["commits"]:
            parents = [word for parent in content["parents"] for word in ("-p", parent)]
            message = content["message"].encode()
            return {"sha": told(at, "commit-tree", content["tree"], *parents, stdin=message)}
        case "POST", ["refs"]:
            if told(at, "for-each-ref", content["ref"]):
                raise Refused(422, "Reference already exists")
            git(at, "update-ref", content["ref"], content["sha"])
            return {"ref": content["ref"]}
        case "PATCH", ["refs", name]:
            _tip(at, name)
            git(at, "update-ref", f"refs/{unquote(name)}", content["sha"])
            return {"ref": name}
        case "DELETE", ["refs", name]:
            git(at, "update-ref", "-d", f"refs/{unquote(name)}")
            return None
    raise Refused(404, "Not Found")


def _tip(at: Path, name: str) -> str:
    found = told(at, "for-each-ref", "--format=%(objectname)", f"refs/{unquote(name)}")
    if not found or "\n" in found:
        raise Refused(404, "Not Found")
    return found


def _commit(at: Path, sha: str) -> dict[str, Any]:
    tree, parents, name, message = told(at, "log", "-1", "--format=%T%x00%P%x00%an%x00%B", sha).split("\0")
    return {
        "sha": sha,
        "tree": {"sha": tree},
        "parents": [{"sha": each} for each in parents.split()],
        "author": {"name": name},
        "message": message,
    }


def _tree(at: Path, content: Any) -> str:
    lines = told(at, "ls-tree", "-r", "-z", content["base_tree"]).split("\0")
    entries = {line.partition("\t")[2]: line.partition("\t")[0].split() for line in lines if line}
    for each in content["tree"]:
        entries.pop(each["path"], None)
        if each["sha"] is not None:
            entries[each["path"]] = [each["mode"], each["type"], each["sha"]]
    if any("/" in path for path in entries):
        raise Refused(422, "this stand-in makes flat trees only")
    text = "".join(f"{' '.join(entry)}\t{path}\0" for path, entry in sorted(entries.items()))
    return told(at, "mktree", "-z", stdin=text.encode())
