"""A stand-in for a package index on loopback, for the demo where no index can be reached: a few made-up projects.

`python -m scripts.stand_in.index` prints the address of its simple pages and runs until it is ended. Its files are made
on the spot and have the same bytes on every machine, so that the locks in examples/tearoom can be checked against them.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import tarfile
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from scripts.stand_in import own_backend

UPLOADED = "2025-01-01T00:00:00Z"
JSON = "application/vnd.pypi.simple.v1+json"
_PYPROJECT = b"""\
[build-system]
requires = []
build-backend = "own_backend"
backend-path = ["."]
"""


@dataclass(frozen=True)
class Release:
    """A made-up release; each has an sdist and the wheel that is built from it."""

    name: str
    version: str
    requires: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """How names of its files begin."""
        return f"{self.name.replace('-', '_')}-{self.version}"

    def tree(self) -> dict[str, bytes]:
        """Its source files by name."""
        lines = ["Metadata-Version: 2.2", f"Name: {self.name}", f"Version: {self.version}"]
        lines += ["Requires-Python: >=3.11", *(f"Requires-Dist: {each}" for each in self.requires)]
        return {
            "PKG-INFO": ("\n".join(lines) + "\n\nMade up for the demo of pinkit.\n").encode(),
            "pyproject.toml": _PYPROJECT,
            "own_backend.py": Path(own_backend.__file__).read_bytes().replace(b"\r\n", b"\n"),
            f"{self.name.replace('-', '_')}.py": f'version = "{self.version}"\n'.encode(),
        }


RELEASES = (
    Release("stand-in-teapot", "2.0", ("stand-in-lid>=1.0",)),
    Release("stand-in-lid", "1.0"),
    Release("stand-in-lid", "1.1"),
    Release("stand-in-lid", "2.0"),
    Release("stand-in-cup", "1.2"),
    Release("stand-in-tasting", "3.0", ("stand-in-spoon", "stand-in-cup>=1.0")),
    Release("stand-in-spoon", "0.9"),
)


def files() -> dict[str, bytes]:
    """Every path that the index serves."""
    found: dict[str, bytes] = {}
    for name in sorted({release.name for release in RELEASES}):
        entries = []
        for release in (each for each in RELEASES if each.name == name):
            for filename, content in distributions(release).items():
                found[f"/files/{filename}"] = content
                entries.append(_entry(filename, content))
                if filename.endswith(".whl"):
                    metadata = release.tree()["PKG-INFO"]
                    found[f"/files/{filename}.metadata"] = metadata
                    entries[-1]["core-metadata"] = {"sha256": hashlib.sha256(metadata).hexdigest()}
        page = {"meta": {"api-version": "1.1"}, "name": name, "files": entries}
        page["versions"] = [release.version for release in RELEASES if release.name == name]
        found[f"/simple/{name}/"] = json.dumps(page).encode()
    return found


def distributions(release: Release) -> dict[str, bytes]:
    """Sdist and wheel by filename."""
    tree = release.tree()
    filename, content = own_backend.wheel_of(tree)
    return {
        f"{release.stem}.tar.gz": _stored_gzip(_tar({f"{release.stem}/{k}": v for k, v in tree.items()})),
        filename: content,
    }


def _entry(filename: str, content: bytes) -> dict[str, object]:
    return {
        "filename": filename,
        "url": f"../../files/{filename}",
        "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
        "size": len(content),
        "upload-time": UPLOADED,
        "requires-python": ">=3.11",
        "yanked": False,
    }


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path, content in members.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _stored_gzip(content: bytes) -> bytes:
    """RFC 1952 around stored blocks of RFC 1951: libraries that compress differ from machine to machine."""
    blocks = [content[at : at + 0xFFFF] for at in range(0, len(content), 0xFFFF)]
    out = [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"]
    for number, block in enumerate(blocks, 1):
        out += [struct.pack("<BHH", number == len(blocks), len(block), len(block) ^ 0xFFFF), block]
    return b"".join([*out, struct.pack("<II", zlib.crc32(content), len(content))])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served = files()

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        content = self.served.get(self.path)
        self.send_response(200 if content is not None else 404)
        self.send_header(
            "Content-Type", JSON if self.path.startswith("/simple/") else "application/octet-stream"
        )
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")


def stand_in_index() -> ThreadingHTTPServer:
    """The server, not serving yet."""
    return ThreadingHTTPServer(("127.0.0.1", 0), _Handler)


def address_of(server: ThreadingHTTPServer) -> str:
    """The URL of its simple pages."""
    return f"http://127.0.0.1:{server.server_address[1]}/simple/"


def main() -> None:
    """Serve until the process is ended."""
    server = stand_in_index()
    print(address_of(server), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
