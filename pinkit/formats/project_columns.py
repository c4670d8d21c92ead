"""The files of a page as columns: what the solver reads, in the text that the store keeps."""

from __future__ import annotations

import struct
from hashlib import sha256

from pinkit.formats.filenames import FilenameReader
from pinkit.formats.index_rows import KEY_BYTES, Columns
from pinkit.formats.pep440 import Key, normal_form
from pinkit.formats.simple_api import File, InvalidPage, Page, upload_seconds

Groups = dict[str, list[File]]
"""Version (as in the columns) -> its files, sorted by filename."""


def project_columns(name: str, page: Page) -> tuple[Columns, Groups]:
    """Columns of a page, and its files by version. Files that are no distribution of `name` are left out.

    Raises InvalidPage for a filename that could leave its folder or a terminal line.
    """
    by_key, kinds = _grouped(name, page.files)
    classes: dict[tuple[bool, str, str], int] = {}
    groups: Groups = {}
    keys: list[bytes] = []
    firsts: list[int] = []
    lasts: list[int] = []
    for position, key in enumerate(sorted(by_key), 1):
        text, files = by_key[key]
        if len(files) > 1:
            files.sort(key=_filename)
        chosen = metadata_file(files)
        groups[_spelled(name, chosen, text)] = files
        keys.append(metadata_key(chosen))
        bit = 1 << position
        for file in files:
            yanked = file.yanked not in (False, None)
            of = (yanked, kinds[file.filename], file.requires_python or "")
            classes[of] = classes.get(of, 0) | bit
        first, last = _upload_span(files)
        firsts.append(first)
        lasts.append(last)
    return Columns(
        "\n".join(groups), _class_lines(classes), _packed(firsts, lasts), b"".join(keys), page.status
    ), groups


def metadata_file(files: list[File]) -> File:
    """The file whose metadata speak for a release: a wheel for any platform, else the first wheel, else an sdist.

    `files` are sorted by filename, so that the choice does not depend on the index's order.
    """
    for suffix in ("-none-any.whl", ".whl", ".tar.gz"):
        for file in files:
            if file.filename.endswith(suffix):
                return file
    return files[0]


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


def _grouped(name: str, files: list[File]) -> tuple[dict[Key, tuple[str, list[File]]], dict[str, str]]:
    reader = FilenameReader(name)
    parse = reader.parse
    by_text: dict[str, list[File]] = {}
    kinds: dict[str, str] = {}
    for file in files:
        filename = file.filename
        if "/" in filename or "\\" in filename or not filename.isprintable():
            raise InvalidPage(f"unsafe filename {filename!r}")
        parsed = parse(filename)
        if parsed is None or filename in kinds:
            continue
        text, kinds[filename] = parsed
        if text in by_text:
            by_text[text].append(file)
        else:
            by_text[text] = [file]
    by_key: dict[Key, tuple[str, list[File]]] = {}
    for text, group in by_text.items():
        key = reader.key(text)
        if key is None:
            continue
        if key in by_key:
            # "1.0" and "1.0.0" are one release.
            by_key[key][1].extend(group)
        else:
            by_key[key] = (text, group)
    return by_key, kinds


def _spelled(name: str, chosen: File, text: str) -> str:
    if chosen.filename.find(text) < 0:
        parsed = FilenameReader(name).parse(chosen.filename)
        text = parsed[0] if parsed else text
    return normal_form(text)


def _upload_span(files: list[File]) -> tuple[int, int]:
    first = last = 0
    for file in files:
        seconds = upload_seconds(file.upload_time)
        if seconds is None:
            return 0, 0
        first = min(first, seconds) if first else seconds
        last = max(last, seconds)
    return first, last


def _filename(file: File) -> str:
    return file.filename


def _class_lines(classes: dict[tuple[bool, str, str], int]) -> str:
    return "\n".join(
        f"{classes[of]:x}\t{of[0]:d}\t{of[1]}\t{' '.join(of[2].split())}" for of in sorted(classes)
    )


def _packed(firsts: list[int], lasts: list[int]) -> bytes:
    if not any(lasts):
        return b""
    return struct.pack(f"<{len(firsts) * 2}q", *firsts, *lasts)
