"""From scratch at one cutoff, pins compared with uv's. A difference that is not explained here fails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

CUTOFF = "2026-11-01T00:00:00Z"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\]*?))?\s*\\?$", re.M)

SMALL = {"jupyter": "jupyter\n", "trio": "trio\n"}
INVENTREE = {
    "src/backend/requirements.in": "3.12",
    "src/backend/requirements-dev.in": "3.12",
    "contrib/dev_reqs/requirements.in": "3.12",
    "docs/requirements.in": "3.12",
    "contrib/container/requirements.in": "3.14",
}
NEW_CRYPTOGRAPHY = (
    "django-anymail[amazon-ses] 15.2 brings amazon-s3-encryption-client-python 4.0.0, which wants cryptography<49. Two "
    "answers are valid and neither is newer in both: pinkit keeps cryptography 50 with anymail 15.1, uv keeps anymail "
    "15.2 with cryptography 48, and jwcrypto follows."
)
EXPLAINED = {
    "src/backend/requirements.in": dict.fromkeys(
        ["amazon-s3-encryption-client-python", "cryptography", "django-anymail", "jwcrypto"], NEW_CRYPTOGRAPHY
    )
}
"""Input -> name whose pin differs -> why both answers are valid."""


def pins(path: Path) -> set[tuple[str, str]]:
    """(name, version) of each pin of a hashed requirements.txt."""
    return {(name, version) for name, version, _ in PIN.findall(path.read_text())}


def assert_same_pins(name: str, ours: Path, theirs: Path) -> None:
    """Both locks pin the same releases, but for the names that `EXPLAINED` has."""
    differing = sorted(pins(ours) ^ pins(theirs))
    unexplained = [pin for pin in differing if pin[0] not in EXPLAINED.get(name, {})]
    assert pins(ours)
    assert unexplained == []


@pytest.mark.parametrize("name", SMALL)
def test_universal_lock_has_the_pins_of_uv(name, tool, tmp_path):
    (tmp_path / "x.in").write_text(SMALL[name])
    common = ["x.in", "--universal", "--python-version", "3.12", "--exclude-newer", CUTOFF]
    tool.lock(*common, "-o", "pinkit.txt", cwd=tmp_path)
    tool.uv_compile(*common, "--generate-hashes", "-o", "uv.txt", cwd=tmp_path)
    assert_same_pins(name, tmp_path / "pinkit.txt", tmp_path / "uv.txt")


@pytest.mark.parametrize("source", INVENTREE)
def test_inventree_from_scratch_has_the_pins_of_uv(source, shared, tool, tmp_path):
    root = shared / "corpus/inventree"
    common = [
        source,
        "--python-version",
        INVENTREE[source],
        "--exclude-newer",
        CUTOFF,
        "--python-platform",
        "linux",
    ]
    tool.lock(*common, "-o", str(tmp_path / "pinkit.txt"), cwd=root)
    tool.uv_compile(*common, "--generate-hashes", "-o", str(tmp_path / "uv.txt"), cwd=root)
    assert_same_pins(source, tmp_path / "pinkit.txt", tmp_path / "uv.txt")


@pytest.mark.parametrize("name", SMALL)
def test_hashes_and_markers_are_those_of_uv_too(name, tool, tmp_path):
    (tmp_path / "x.in").write_text(SMALL[name])
    common = ["x.in", "--python-version", "3.12", "--python-platform", "linux", "--exclude-newer", CUTOFF]
    tool.lock(*common, "-o", "pinkit.txt", "--no-header", cwd=tmp_path)
    tool.uv_compile(*common, "--generate-hashes", "-o", "uv.txt", "--no-header", cwd=tmp_path)
    assert (tmp_path / "pinkit.txt").read_text() == (tmp_path / "uv.txt").read_text()
