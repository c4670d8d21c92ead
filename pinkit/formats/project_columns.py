"""The files of a page as columns: what the solver reads, in the text that the store keeps."""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import TYPE_CHECKING

from pinkit.formats.filenames import FilenameReader
from pinkit.formats.index_rows import KEY_BYTES, Columns
from pinkit.formats.pep440 import Key, normal_form
from pinkit.formats.simple_api import File, Page, upload_seconds
from pinkit.formats.simple_types import InvalidPage

if TYPE_CHECKING:
    from collections.abc import Sequence

Groups = dict[str, list[File]]
"""Version (as in the columns) -> its files, sorted by filename."""


def project_columns(name: str, page: Page) -> tuple[Columns, Groups]:
    """Columns of a page, and its files by version. Files that are no distribution of `name` are left out.

    Raises InvalidPage for a filename that could leave its folder or a terminal line.
    """
    releases = _releases(name, page.files)
    classes: dict[tuple[str, str, bool], int] = {}
    groups: Groups = {}
    keys: list[bytes] = []
    firsts: list[int] = []
    lasts: list[int] = []
    for position, key in enumerate(sorted(releases), 1):
        text, found = releases[key]
        bit = 1 << position
        files = []
        filenames = sorted(found)
        for filename in filenames:
            kind, file = found[filename]
            files.append(file)
            of = (file.requires_python or "", kind, file.yanked not in (False, None))
            classes[of] = classes.get(of, 0) | bit
        chosen = files[metadata_file(filenames)]
        groups[_spelled(name, chosen, text)] = files
        keys.append(metadata_key(chosen))
        first, last = _upload_span(files)
        firsts.append(first)
        lasts.append(last)
    lines = (
        f"{mask:x}\t{of[2]:d}\t{of[1]}\t{' '.join(of[0].split())}" for of, mask in sorted(classes.items())
    )
    uploads = struct.pack(f"<{len(firsts) * 2}q", *firsts, *lasts) if any(lasts) else b""
    return Columns("\n".join(groups), "\n".join(lines), uploads, b"".join(keys), page.status), groups


def metadata_file(filenames: Sequence[str]) -> int:
    """The place of the file whose metadata speak for a release.

    A wheel for any platform, else the first wheel, else an sdist. `filenames` are sorted, so that the choice
    does not depend on the index's order.
    """
    for suffix in ("-none-any.whl", ".whl", ".tar.gz"):
        for place, filename in enumerate(filenames):
            if filename.endswith(suffix):
                return place
    return 0


def metadata_key(file: File) -> bytes:
    """KEY_BYTES bytes that identify the content of a file: its claimed sha256, else what the index says of it."""
    digest = file.hashes.get("sha256", "")
    try:
        claimed = bytes.fromhex(digest)
    except ValueError:
        claimed = b""
    if len(claimed) == KEY_BYTES:
        return claimed
    identity = f"{file.url}\0{file.size}\0{file.upload_time}\0{sorted(file.hashes.items())}"
    return sha256(identity.encode()).digest()


_Found = dict[str, tuple[str, File]]


def _releases(name: str, files: list[File]) -> dict[Key, tuple[str, _Found]]:
    """Version -> (its text, filename -> (kind, file)); of two files with one name the first."""
    names = "".join([file.filename for file in files])
    if "/" in names or "\\" in names or not names.isprintable():
        raise InvalidPage("it has an unsafe filename, with a slash or a control character")
    reader = FilenameReader(name)
    parse = reader.parse
    by_text: dict[str, _Found] = {}
    for file in files:
        parsed = parse(file.filename)
        if parsed is None:
            continue
        text, kind = parsed
        try:
            by_text[text].setdefault(file.filename, (kind, file))
        except KeyError:
            by_text[text] = {file.filename: (kind, file)}
    releases: dict[Key, tuple[str, _Found]] = {}
    for text, found in by_text.items():
        key = reader.key(text)
        if key in releases:
            # "1.0" and "1.0.0" are one release.
            releases[key][1].update(found)
        elif key is not None:
            releases[key] = (text, found)
    return releases


def _spelled(name: str, chosen: File, text: str) -> str:
    """The version as the file that speaks for the release spells it, in normal form."""
    if text not in chosen.filename:
        parsed = FilenameReader(name).parse(chosen.filename)
        text = parsed[0] if parsed else text
    return normal_form(text)


def _upload_span(files: list[File]) -> tuple[int, int]:
    """Seconds of the first and last upload; (0, 0) where a file has no time."""
    times = [file.upload_time or "" for file in files]
    # Texts of one form and zone order as their times do (PEP 700), and converting them costs more.
    earliest, latest = min(times), max(times)
    first = upload_seconds(earliest)
    last = first if latest == earliest else upload_seconds(latest)
    return (0, 0) if first is None or last is None else (first, last)
