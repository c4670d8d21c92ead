"""Small wheels and sdists made on the fly, byte for byte the same in every run."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import NamedTuple

MOMENT = (2024, 1, 1, 0, 0, 0)


class Built(NamedTuple):
    """A file of an index: its name, its bytes, and its METADATA ("" for what has none)."""

    filename: str
    content: bytes
    metadata: bytes = b""


def metadata_text(
    name: str,
    version: str,
    requires: tuple[str, ...] = (),
    *,
    requires_python: str = "",
    extras: tuple[str, ...] = (),
    metadata_version: str = "2.1",
    dynamic: tuple[str, ...] = (),
    description: str = "A thing.",
    fields: tuple[str, ...] = (),
) -> bytes:
    """A METADATA or PKG-INFO file; `fields` are further lines of its head."""
    lines = [f"Metadata-Version: {metadata_version}", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Dynamic: {field}" for field in dynamic]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {line}" for line in requires]
    lines += fields
    return ("\n".join(lines) + f"\n\n{description}\n").encode()


def wheel(
    name: str,
    version: str,
    requires: tuple[str, ...] = (),
    *,
    tag: str = "py3-none-any",
    requires_python: str = "",
    extras: tuple[str, ...] = (),
    metadata: bytes | None = None,
    payload: bytes = b"",
    fields: tuple[str, ...] = (),
    generator: str = "",
    members: dict[str, bytes] | None = None,
) -> Built:
    """A wheel of one module; `metadata` replaces the METADATA, `payload` makes it larger.

    `fields` are further lines of METADATA, `generator` stands in WHEEL, `members` are further files ("dist-info/"
    at the start of a name stands for the wheel's own).
    """
    stem = f"{name.replace('-', '_')}-{version}"
    text = metadata_text(
        name, version, requires, requires_python=requires_python, extras=extras, fields=fields
    )
    text = text if metadata is None else metadata
    built_by = f"Generator: {generator}\n" if generator else ""
    told = f"Wheel-Version: 1.0\n{built_by}Root-Is-Purelib: true\nTag: {tag}\n"
    content = {
        f"{name.replace('-', '_')}.py": b"answer = 42\n" + payload,
        f"{stem}.dist-info/METADATA": text,
        f"{stem}.dist-info/WHEEL": told.encode(),
        **{
            path.replace("dist-info/", f"{stem}.dist-info/", 1)
            if path.startswith("dist-info/")
            else path: each
            for path, each in (members or {}).items()
        },
        f"{stem}.dist-info/RECORD": b"",
    }
    return Built(f"{stem}-{tag}.whl", zip_bytes(content), text)


def sdist(
    name: str,
    version: str,
    requires: tuple[str, ...] = (),
    *,
    metadata_version: str = "2.2",
    dynamic: tuple[str, ...] = (),
    pyproject: str | None = None,
    members: dict[str, bytes] | None = None,
    suffix: str = ".tar.gz",
    filename: str = "",
    fields: tuple[str, ...] = (),
) -> Built:
    """An sdist with PKG-INFO and, if given, pyproject.toml and further `members` (paths as they are written)."""
    stem = f"{name.replace('-', '_')}-{version}"
    info = metadata_text(
        name, version, requires, metadata_version=metadata_version, dynamic=dynamic, fields=fields
    )
    files = {f"{stem}/PKG-INFO": info}
    if pyproject is not None:
        files[f"{stem}/pyproject.toml"] = pyproject.encode()
    files.update(members or {})
    content = zip_bytes(files) if suffix == ".zip" else tar_bytes(files)
    return Built(filename or f"{stem}{suffix}", content, info)


def zip_bytes(members: dict[str, bytes]) -> bytes:
    """A zip archive with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            archive.writestr(zipfile.ZipInfo(path, MOMENT), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def tar_bytes(members: dict[str, bytes]) -> bytes:
    """A gzip-compressed tar archive with fixed times."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as archive,
    ):
        for path, content in members.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()
