"""A small index of the tests' own: sdists with a build backend inside them, and the wheels it makes."""

from __future__ import annotations

import hashlib
import io
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.archives import extract
from pinkit.adapters.backend import Backend, build_system
from pinkit.adapters.build_env import BuildEnvironments, interpreter
from pinkit.adapters.rebuild_cache import AttemptCache
from pinkit.adapters.rebuild_executor import Rebuilder
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.errors import Unavailable
from pinkit.model.build import Conditions
from pinkit.model.distribution import Distribution

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOMENT = 1714979298
UPLOADED = 1720000000
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
BACKEND = """
import base64, hashlib, os, time, zipfile

def get_requires_for_build_wheel(settings=None):
    return []

def build_wheel(folder, settings=None, metadata=None):
    members = {
        "demo/__init__.py": b"answer = 42\\n",
        "demo-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n",
        "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\\nGenerator: demo 1.0\\nTag: py3-none-any\\n",
    }
    rows = []
    for name, content in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(content)}\\n")
    members["demo-1.0.dist-info/RECORD"] = "".join([*rows, "demo-1.0.dist-info/RECORD,,\\n"]).encode()
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = time.gmtime(int(epoch)) if epoch else time.localtime(os.stat("backend.py").st_mtime)
    mask = os.umask(0); os.umask(mask)
    name = "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        for member, content in members.items():
            entry = zipfile.ZipInfo(member, moment[:6])
            entry.external_attr = (0o100666 & ~mask) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    return name
"""


def sdist(folder: Path, *, files: dict[str, str] | None = None, name: str = "demo-1.0") -> Path:
    """A .tar.gz; a file whose name begins with "!" is a member of exactly the rest of it."""
    path = folder / f"{name}.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as tar:
        for inside, text in {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, **(files or {})}.items():
            member = tarfile.TarInfo(inside[1:] if inside.startswith("!") else f"{name}/{inside}")
            member.size, member.mtime = len(text.encode()), MOMENT
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def distribution(path: Path) -> Distribution:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Distribution(
        filename=path.name,
        url=f"https://index.example/files/{path.name}",
        hashes=(f"sha256:{digest}",),
        size=path.stat().st_size,
        upload_time=UPLOADED,
    )


@dataclass
class SmallIndex:
    """Catalog, artifacts and resolver at once, over files."""

    files: dict[str, Path] = field(default_factory=dict)
    releases: dict[tuple[str, str], list[Distribution]] = field(default_factory=dict)

    def publish(self, name: str, version: str, *paths: Path) -> list[Distribution]:
        made = [distribution(path) for path in paths]
        for path, one in zip(paths, made, strict=True):
            self.files[one.hashes[0]] = path
        self.releases.setdefault((name, version), []).extend(made)
        return made

    def distributions(self, name: str, version: str) -> tuple[Distribution, ...]:
        if (name, version) not in self.releases:
            raise Unavailable(f"{name} is not here")
        return tuple(self.releases[name, version])

    def open_distribution(self, wanted: Distribution) -> Path:
        try:
            return self.files[wanted.hashes[0]]
        except KeyError:
            raise Unavailable(f"{wanted.filename} is not here") from None

    def resolve_build(
        self, requirements: object, *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        assert not requirements
        return ()


@dataclass
class CountingSandbox:
    """A real sandbox that counts its runs."""

    real: SystemSandbox = field(default_factory=SystemSandbox)
    runs: int = 0

    @property
    def level(self) -> str:
        return self.real.level

    def run(self, *args: object, **kwargs: object) -> object:
        self.runs += 1
        return self.real.run(*args, **kwargs)  # type: ignore[arg-type]


def rebuilder(
    folder: Path, index: SmallIndex, sandbox: object | None = None, *, resolver: object = None
) -> Rebuilder:
    """A rebuilder over the small index; skips where nothing isolates."""
    used = sandbox or CountingSandbox()
    if used.level == "none":  # type: ignore[attr-defined]
        pytest.skip("nothing isolates third-party code here")
    python = interpreter()
    return Rebuilder(
        sandbox=used,  # type: ignore[arg-type]
        resolver=resolver or index,  # type: ignore[arg-type]
        artifacts=index,
        environments=BuildEnvironments(folder / "envs", used),  # type: ignore[arg-type]
        interpreters={python.version: python},
        cache=AttemptCache(folder / "attempts"),
    )


def published_wheel(
    source: Path, folder: Path, tools: Rebuilder, *, env: dict[str, str], umask: int = 0o022
) -> Path:
    """The wheel that a publisher with this environment would have uploaded."""
    tree = extract(source, folder / "published-src")
    output = folder / "dist"
    output.mkdir()
    (python,) = tools.interpreters.values()
    environment = tools.environments.with_wheels(python, [])
    conditions = Conditions(env=tuple(env.items()), umask=umask)
    backend = Backend(
        sandbox=tools.sandbox,
        system=build_system(tree),
        environment=environment,
        tree=tree,
        output=output,
        conditions=conditions,
    )
    return backend.build("wheel")


class Silent:
    """Progress that nobody sees; keeps what it was told."""

    def __init__(self) -> None:
        self.steps: list[int] = []

    @contextmanager
    def task(self, label: str, total: int = 0) -> Iterator[object]:
        yield lambda done, total=None: self.steps.append(done)

    def note(self, text: str) -> None:
        raise AssertionError(text)

    def warn(self, text: str) -> None:
        raise AssertionError(text)
