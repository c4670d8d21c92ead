"""The class of a difference between wheels, from the member's place in the wheel and its two contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.metadata_text import metadata_class, wheel_class

if TYPE_CHECKING:
    from pinkit.model.rebuild import Discrepancy

_INERT = ("top_level.txt", "zip-safe", "namespace_packages.txt", "dependency_links.txt", "pbr.json", "metadata.json",
          "description.rst", "not-zip-safe")  # fmt: skip
_INERT_STEMS = ("license", "licence", "copying", "notice", "authors", "copyright")
_INERT_FOLDERS = ("licenses/", "license_files/", "sboms/")
_NATIVE = (".so", ".pyd", ".dll", ".dylib", ".a", ".lib", ".o")


def native(name: str) -> bool:
    """Whether the member is machine code, by its name ("x.so", "x.so.1.2")."""
    last = name.rpartition("/")[2].lower()
    return last.endswith(_NATIVE) or ".so." in last


def changed(name: str, published: bytes, rebuilt: bytes, *, tagged: bool) -> Discrepancy:
    """The discrepancy of a member that both wheels have with other contents.

    `tagged` says that the published wheel's filename promises machine code.
    """
    inside = _dist_info(name)
    if inside == "RECORD":
        return discrepancy("record", name, "follows the other differences")
    if inside in ("RECORD.jws", "RECORD.p7s"):
        return discrepancy("signature", name, "a signature that the source does not give")
    if inside == "WHEEL":
        return discrepancy(*wheel_class(name, published, rebuilt, natives=tagged))
    if inside == "METADATA":
        return discrepancy(*metadata_class(name, published, rebuilt))
    if (inside or name.endswith((".py", ".pyi"))) and _unix(published) == _unix(rebuilt):
        return discrepancy("line-endings", name, "CRLF in one, LF in the other")
    if inside and sorted(published.split()) == sorted(rebuilt.split()) and inside in _INERT:
        return discrepancy("metadata-format", name, "the same words in another order")
    sizes = f"{len(published)} bytes published, {len(rebuilt)} rebuilt"
    return discrepancy(_changed_class(name, inside, tagged=tagged), name, sizes)


def _changed_class(name: str, inside: str, *, tagged: bool) -> str:
    if inside == "entry_points.txt":
        return "entry-points"
    if name.endswith(".pth"):
        return "pth"
    if name.endswith((".pyc", ".pyo")):
        return "pyc"
    if inside:
        return "metadata-text"
    if native(name) and tagged:
        return "native"
    return "script" if ".data/scripts/" in name else "payload"


def added(name: str, *, tagged: bool) -> Discrepancy:
    """The discrepancy of a member that only the published wheel has; `tagged` as for `changed`."""
    told = "only in the published wheel: the source does not give it"
    return discrepancy(_added_class(name, _dist_info(name), tagged=tagged), name, told)


def _added_class(name: str, inside: str, *, tagged: bool) -> str:
    if name.endswith("/"):
        return "directory-entry"
    if _inert(inside):
        return "metadata-file"
    if inside in ("RECORD.jws", "RECORD.p7s"):
        return "signature"
    if inside == "entry_points.txt":
        return "entry-points"
    if name.endswith(".pth"):
        return "pth"
    if name.endswith((".pyc", ".pyo")):
        return "pyc-added"
    if native(name):
        return "native" if tagged else "native-added"
    return "script-added" if ".data/scripts/" in name else "member-added"


def missing(name: str) -> Discrepancy:
    """The discrepancy of a member that only the rebuilt wheel has."""
    if name.endswith("/"):
        return discrepancy("directory-entry", name, "only in the rebuilt wheel")
    if _inert(_dist_info(name)):
        return discrepancy("metadata-file", name, "only in the rebuilt wheel")
    return discrepancy("missing", name, "the source gives it, the published wheel does not have it")


def _dist_info(name: str) -> str:
    """The path inside .dist-info; "" for a member elsewhere."""
    folder, _, inside = name.partition("/")
    return inside if folder.endswith(".dist-info") else ""


def _inert(inside: str) -> bool:
    lowered = inside.lower()
    if lowered.startswith(_INERT_FOLDERS):
        return not lowered.endswith((".py", ".pth", ".pyc", *_NATIVE))
    stem = lowered.partition(".")[0]
    return "/" not in lowered and (lowered in _INERT or stem.startswith(_INERT_STEMS))


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n")
