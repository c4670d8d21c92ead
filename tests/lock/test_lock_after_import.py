"""A project of uv or poetry: what `import` starts from, the first `lock` completes and proves."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.support.distributions import wheel

if TYPE_CHECKING:
    from tests.lock.conftest import Place

NEW, OLD = wheel("a", "1.0", tag="cp312-abi3-any"), wheel("a", "1.0", tag="cp39-cp39-any")
DIGESTS = {each.filename: hashlib.sha256(each.content).hexdigest() for each in (NEW, OLD)}
PYPROJECT = """[project]
name = "x"
version = "1"
requires-python = ">=3.12"
dependencies = ["a"]
"""
FOREIGN = {
    "uv.lock": """version = 1
requires-python = ">=3.12"
[[package]]
name = "a"
version = "1.0"
source = {{ registry = "https://index.example/simple" }}
wheels = [{{ url = "https://index.example/{file}", hash = "sha256:{digest}", size = {size} }}]
""",
    "poetry.lock": """[[package]]
name = "a"
version = "1.0"
files = [{{file = "{file}", hash = "sha256:{digest}"}}]
[metadata]
lock-version = "2.1"
python-versions = ">=3.12"
""",
}


def project(place: Place, lock: str, digest: str) -> str:
    """Imports a project whose lock leaves out a wheel of an older Python; the path of pinkit's lock."""
    place.index.add("a", NEW, OLD, upload_time="2024-01-01T00:00:00Z")
    place.write(pyproject_toml=PYPROJECT)
    text = FOREIGN[lock].format(file=NEW.filename, digest=digest, size=len(NEW.content))
    (place.folder / lock).write_text(text)
    assert place.run("import").code == 0
    return {"uv.lock": "pylock.toml", "poetry.lock": "requirements.txt"}[lock]


@pytest.mark.parametrize("lock", FOREIGN)
def test_the_first_lock_completes_what_another_tool_left_out(place: Place, lock: str) -> None:
    path = project(place, lock, DIGESTS[NEW.filename])
    place.index.add("a", wheel("a", "2.0"), upload_time="2024-01-01T00:00:00Z")
    assert DIGESTS[OLD.filename] not in place.text(path)
    assert place.run("lock", "-i", place.index.url).code == 0
    assert all(digest in place.text(path) for digest in DIGESTS.values())
    assert 'version = "1.0"' in place.text(path) or "a==1.0" in place.text(path)
    said = place.run("check", "-i", place.index.url)
    assert (said.code, said.out.splitlines()[-1]) == (0, "checked 1 of 1 pin in 1 lock")
    assert "nothing changed" in place.run("lock", "-i", place.index.url, "--refresh").err


@pytest.mark.parametrize("lock", FOREIGN)
def test_the_first_lock_proves_what_it_starts_from(place: Place, lock: str) -> None:
    path = project(place, lock, "1a" * 32)
    before = place.text(path)
    said = place.run("lock", "-i", place.index.url)
    assert (said.code, place.text(path)) == (5, before)
    assert "has a hash that is of no file of this release" in said.err
