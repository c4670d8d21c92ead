"""Real build backends without a network: wheels made again from what is installed beside the tests."""

from __future__ import annotations

import base64
import hashlib
import re
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from pinkit.errors import Unsolvable
from pinkit.model.distribution import Distribution


def installed_wheel(name: str, folder: Path) -> Path:
    """A wheel with the files that are installed for `name`; skips the test where it is not installed."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed here")
    stem = f"{re.sub(r'[-_.]+', '_', distribution.metadata['Name'])}-{distribution.version}"
    wheel = folder / f"{stem}-py3-none-any.whl"
    if wheel.exists():
        return wheel
    own = f"{stem}.dist-info"
    record = []
    with zipfile.ZipFile(wheel, "w") as out:
        for file in distribution.files or ():
            path = Path(str(file.locate()))
            target = _place(str(file), path, own)
            if target and path.is_file():
                digest = (
                    base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
                )
                record.append(f"{target},sha256={digest},{path.stat().st_size}\n")
                out.write(path, target)
        out.writestr(f"{own}/RECORD", "".join([*record, f"{own}/RECORD,,\n"]))
    return wheel


def _place(name: str, path: Path, own: str) -> str:
    """Where an installed file stood in its wheel; "" for one that the installation added."""
    top, _, rest = name.partition("/")
    if top.endswith(".dist-info"):
        added = rest in {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"}
        return "" if added else f"{own}/{rest}"
    if name.startswith("../"):  # a script: those of entry points are generated again
        is_generated = path.read_bytes()[:2] == b"#!"
        return "" if is_generated else f"{own.removesuffix('.dist-info')}.data/scripts/{path.name}"
    return "" if "__pycache__" in name else name


class InstalledBackends:
    """Resolves build requirements to what is installed here (`ports.BuildResolver`, `ports.Artifacts`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, ...]] = []

    def resolve_build(
        self, requirements: tuple[str, ...] | list[str], *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        self.asked.append(tuple(requirements))
        names = _closure([_name(text) for text in requirements])
        wheels = [installed_wheel(name, self.folder) for name in names]
        return tuple(Distribution(filename=w.name, url=w.as_uri()) for w in sorted(wheels))

    def open_distribution(self, distribution: Distribution) -> Path:
        return self.folder / distribution.filename


class NoBackends:
    """Has no wheel at all."""

    def resolve_build(
        self, requirements: tuple[str, ...] | list[str], *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        raise Unsolvable("no wheel for the build", ", ".join(requirements))

    def open_distribution(self, distribution: Distribution) -> Path:
        raise AssertionError(distribution)


def _closure(names: list[str]) -> list[str]:
    found: list[str] = []
    todo = list(names)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.append(name)
        try:
            needed = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            pytest.skip(f"{name} is not installed here")
        todo += [_name(text) for text in needed if ";" not in text]
    return found


def _name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", requirement)
    assert match is not None, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()
