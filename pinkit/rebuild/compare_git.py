"""An sdist against the files of a git commit, blob by blob: no build, so nothing runs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.pep440 import sort_key
from pinkit.formats.pep508 import normalized_name
from pinkit.model.rebuild import Comparison
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.compare import in_order, level_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.model.rebuild import Discrepancy

_PREFIXES = ("ver", "version", "release", "rel")
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


COMPARED = "files were compared with the commit's"
UNBUILT = "the archive was not built again"


class Blob(NamedTuple):
    """A file of a commit: its object id and whether git has it as executable."""

    id: str
    executable: bool


class SourceFile(NamedTuple):
    """A file of an sdist, below its top directory."""

    content: bytes
    mode: int


def tags_for(name: str, version: str, tags: Iterable[str]) -> tuple[str, ...]:
    """The tags that name this release ("1.0", "v1.0", "name-1.0", "release/1.0", zero-padded ones), best first.

    A tag whose text before the version says another name is none.
    """
    wanted, own = sort_key(version), normalized_name(name)
    if wanted is None:
        return ()
    found = []
    for tag in tags:
        start = _version_start(tag, wanted)
        if start is not None:
            prefix = tag[:start].rstrip("vV-_/.").rpartition("/")[2]
            said = normalized_name(prefix) if prefix else ""
            if said in ("", own, *_PREFIXES):
                found.append((said not in ("", own), len(tag), tag))
    return tuple(tag for _, _, tag in sorted(found))


def _version_start(tag: str, wanted: object) -> int | None:
    """Where in the tag a text begins that is the wanted version to its end; None when none does."""
    for start, character in enumerate(tag):
        begins = character.isdigit() and not (start and tag[start - 1].isdigit())
        if begins and sort_key(tag[start:].replace("_", ".")) == wanted:
            return start
    return None


def compare_with_git(
    files: Mapping[str, SourceFile], blobs: Mapping[str, Blob], algorithm: str
) -> Comparison:
    """How far the sdist's files are those of the commit; at best "equal but for named classes".

    `algorithm` is the repository's object format ("sha1", "sha256"). Files that a backend generates are named, files
    that the sdist leaves out are not: an sdist may hold less.
    """
    ids = blob_ids(files, algorithm)
    place = project_folder(ids, blobs)
    differences = [
        found
        for path, file in files.items()
        for found in _differences(path, file, ids[path], blobs.get(f"{place}{path}"), algorithm, blobs)
    ]
    found = in_order([*differences, discrepancy("tar-format", "", f"{COMPARED}; {UNBUILT}")])
    return Comparison(level=level_of(found), discrepancies=found)


def blob_ids(files: Mapping[str, SourceFile], algorithm: str) -> Mapping[str, str]:
    """The object ids that git gives the files, by path."""
    return {path: blob_id(file.content, algorithm) for path, file in files.items()}


def blob_id(content: bytes, algorithm: str) -> str:
    """The object id that git gives a file with this content."""
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def folder_named(name: str, blobs: Mapping[str, Blob]) -> str:
    """The directory ("" = the top) of the project of this name: one that is called like it, else the top."""
    folders = {path.rpartition("/")[0] for path in blobs if path.rpartition("/")[2] in _PROJECT_FILES}
    own = [folder for folder in folders if normalized_name(folder.rpartition("/")[2]) == name]
    if "" in folders or not folders:
        return min(own, default="")
    return min(own or folders, key=lambda folder: (folder.count("/"), folder))


def project_folder(ids: Mapping[str, str], blobs: Mapping[str, Blob]) -> str:
    """The directory of the project in the repository ("" or "path/to/"): where most of its own files are the same.

    `ids` are the object ids of an sdist's files by path.
    """
    candidates = {""} | {
        path.removesuffix(name)
        for path in blobs
        for name in _PROJECT_FILES
        if path.endswith(f"/{name}") and name in ids
    }

    def same(place: str) -> int:
        return sum(
            blobs.get(f"{place}{path}", Blob("", False)).id == identity for path, identity in ids.items()
        )

    return max(sorted(candidates), key=same)


def _differences(
    path: str, file: SourceFile, identity: str, blob: Blob | None, algorithm: str, blobs: Mapping[str, Blob]
) -> Iterable[Discrepancy]:
    if blob is None:
        if _generated(path):
            yield discrepancy("generated", path, "a build backend writes it into sdists")
        elif any(other.id == identity for other in blobs.values()):
            yield discrepancy("moved", path, "the commit has the same file in another place")
        else:
            yield discrepancy("member-added", path, "the commit does not have it")
        return
    if bool(file.mode & 0o111) != blob.executable:
        yield discrepancy("exec-bit", path, f"{'' if blob.executable else 'not '}executable in the commit")
    if blob.id == identity:
        return
    if blob_id(file.content.replace(b"\r\n", b"\n"), algorithm) == blob.id:
        yield discrepancy("line-endings", path, "CRLF in the sdist, LF in the commit")
    elif path == "setup.cfg" and b"[egg_info]" in file.content:
        yield discrepancy("generated", path, "setuptools adds [egg_info] to it; the rest was not compared")
    else:
        yield discrepancy("payload", path, "another content than in the commit")


def _generated(path: str) -> bool:
    folders = path.split("/")[:-1]
    return path in ("PKG-INFO", "setup.cfg") or any(folder.endswith(".egg-info") for folder in folders)
