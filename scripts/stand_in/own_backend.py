"""A build backend that every sdist of the stand-in index carries (PEP 517): equal trees give equal wheels, anywhere."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from email.parser import BytesHeaderParser
from pathlib import Path

_MOMENT = (2025, 1, 1, 0, 0, 0)
_WHEEL = b"Wheel-Version: 1.0\nGenerator: own_backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build_wheel(
    wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None
) -> str:
    """The name of the wheel of the working directory."""
    tree = {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    filename, content = wheel_of(tree)
    Path(wheel_directory, filename).write_bytes(content)
    return filename


def wheel_of(tree: dict[str, bytes]) -> tuple[str, bytes]:
    """(filename, content) of the wheel of a source tree: its PKG-INFO, and its modules but this one."""
    fields = BytesHeaderParser().parsebytes(tree["PKG-INFO"])
    stem = f"{fields['Name'].replace('-', '_')}-{fields['Version']}"
    members = {name: tree[name] for name in sorted(tree) if name.startswith("stand_in_")}
    members[f"{stem}.dist-info/METADATA"] = tree["PKG-INFO"]
    members[f"{stem}.dist-info/WHEEL"] = _WHEEL
    record = f"{stem}.dist-info/RECORD"
    lines = [f"{path},sha256={_digest(content)},{len(content)}\n" for path, content in members.items()]
    members[record] = "".join([*lines, f"{record},,\n"]).encode()
    return f"{stem}-py3-none-any.whl", _stored_zip(members)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode("ascii")


def _stored_zip(members: dict[str, bytes]) -> bytes:
    """Not compressed: libraries that compress differ from machine to machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in members.items():
            entry = zipfile.ZipInfo(path, _MOMENT)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, content)
    return out.getvalue()
