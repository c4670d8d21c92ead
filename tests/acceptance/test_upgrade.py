"""InvenTree's seven locks: a bot's branch repaired without a human, one security plan for five kinds of findings."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.osv_records import before, record

if TYPE_CHECKING:
    from pathlib import Path

RAW = (
    *("requirements.in", "requirements-dev.in", "requirements.txt"),
    *("requirements-3.14.txt", "requirements-dev.txt", "requirements-dev-3.14.txt"),
)
KEPT = {
    "boto3": "1.43.61",
    "botocore": "1.43.61",
    "django-anymail": "15.1",
    "feedparser": "6.0.14",
    "markdown": "3.10.3",
    "pip": "26.2",
    "redis": "8.1.0",
    "tqdm": "4.70.0",
    "ty": "0.0.65",
    "wrapt": "2.3.0",
}
FINDINGS = {
    "opentelemetry-semantic-conventions": "0.66b0",  # its parents pin it exactly; it is a pre-release itself
    "django": "6.0",  # an input forbids it
    "smmap": "6.0.0",  # yanked
    "defusedxml": "0.8.0rc1",  # only pre-releases
    "markdown": "3.10.3",  # in three locks
}
CUTOFF = "2026-11-20T00:00:00Z"


class Checkout:
    """A copy of the corpus under git, locked by pinkit as it was by uv."""

    def __init__(self, folder: Path, index_url: str, cache: Path) -> None:
        self.folder = folder
        self._environment = {**os.environ, "PIP_INDEX_URL": index_url, "PINKIT_CACHE_DIR": str(cache)}

    def pinkit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pinkit", "--no-progress", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self._environment, capture_output=True, text=True, check=False
        )

    def plan(self, *arguments: str) -> dict[str, Any]:
        said = self.pinkit("upgrade", "--cutoff", CUTOFF, "--format", "json", *arguments)
        assert said.returncode in (0, 1), said.stderr
        return dict(json.loads(said.stdout))

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=A", "-c", "user.email=a@index.example")
        command = ["git", *who, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def inventree(shared: Path, index_url: str, warm_cache: Path, tmp_path: Path) -> Checkout:
    source = shared / "corpus" / "inventree"
    folder = tmp_path / "inventree"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("_*", "SOURCE.txt"))
    checkout = Checkout(folder, index_url, warm_cache)
    assert checkout.pinkit("import").returncode == 0
    settings = folder / "pyproject.toml"
    text = settings.read_text()
    settings.write_text(text.replace("[tool.pinkit]\n", '[tool.pinkit]\npython-platform = "linux"\n'))
    said = checkout.pinkit("lock")
    assert said.returncode == 0, said.stderr
    checkout.git("init", "-q", ".")
    checkout.git("add", "-A")
    checkout.git("commit", "-q", "-m", "as it is")
    return checkout


def test_a_bots_branch_is_repaired(inventree: Checkout, shared: Path) -> None:
    for name in RAW:
        raw = shared / "corpus" / "inventree" / "_dependabot_raw" / name
        shutil.copyfile(raw, inventree.folder / "src" / "backend" / name)
    inventree.git("commit", "-q", "-a", "-m", "bumps")
    advisories = str(shared / "osv" / "PyPI-all.zip")
    plan = inventree.plan("--fixup", "--base", "HEAD^", "--db", advisories, "--apply")
    assert {each["result"] for each in plan["proof"]} == {"pass"}
    moved = {change["name"]: change["to"] for change in plan["changes"] if change["kind"] == "moved"}
    assert moved == KEPT
    (given_back,) = plan["unfixable"]
    assert (given_back["name"], given_back["version"]) == ("django", "6.0.7")
    assert "contrib/container/requirements.in:20 asks for django<6.0" in given_back["why"]
    assert "its line in src/backend/requirements.in is as it was" in given_back["why"]
    checked = inventree.pinkit("check")
    assert checked.returncode == 0, checked.stdout
    assert "checked 490 of 490 pins in 7 locks" in checked.stdout


def test_one_plan_for_five_kinds_of_findings(inventree: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "advisories"
    folder.mkdir()
    for name, fixed in FINDINGS.items():
        (folder / f"{name}.json").write_text(json.dumps(record(f"TEST-{name}", name, events=before(fixed))))
    plan = inventree.plan("--security", "--db", str(folder))
    assert plan["fixed"] == ["TEST-markdown", "TEST-opentelemetry-semantic-conventions"]
    why = {left["name"]: left["why"] for left in plan["unfixable"]}
    assert set(why) == {"django", "smmap", "defusedxml"}
    assert "src/backend/requirements.in:2 asks for django<6.0" in why["django"]
    assert "6.0.0 (yanked)" in why["smmap"]
    assert "0.8.0rc1 (pre-release)" in why["defusedxml"]
    moved = {change["name"] for change in plan["changes"] if change["kind"] == "moved"}
    assert all(name == "markdown" or name.startswith("opentelemetry-") for name in moved)
    assert {change["to"] for change in plan["changes"] if change["name"] == "opentelemetry-sdk"} == {"1.45.0"}
    assert {c["lock"] for c in plan["changes"] if c["name"] == "markdown"} == {
        *("src/backend/requirements.txt", "src/backend/requirements-3.14.txt", "docs/requirements.txt")
    }
    assert {each["result"] for each in plan["proof"]} == {"pass"}
    told = [(signal["kind"], signal["name"]) for signal in plan["signals"]]
    assert ("new dependency", "opentelemetry-exporter-http-transport") in told
    assert ("new entry point", "opentelemetry-exporter-http-transport") in told
    assert "not checked" not in dict(told)
    assert inventree.plan("--security", "--db", str(folder)) == plan


def test_inputs_that_forbid_a_fix_are_widened_by_two_lines(inventree: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "advisories"
    folder.mkdir()
    (folder / "django.json").write_text(json.dumps(record("TEST-django", "django", events=before("6.0"))))
    settings = inventree.folder / "pyproject.toml"
    settings.write_text(settings.read_text() + "[tool.pinkit.upgrade]\nedit-inputs = true\n")
    inventree.git("commit", "-q", "-a", "-m", "inputs may be edited")
    plan = inventree.plan("--security", "--db", str(folder), "--apply")
    assert {(change["name"], change["to"]) for change in plan["changes"]} == {("django", "6.0")}
    assert {each["result"] for each in plan["proof"]} == {"pass"}
    edited = inventree.git("diff", "--unified=0", "--", "*.in")
    lines = [line for line in edited.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert [line.split("#")[0].strip() for line in lines] == ["-django<6.0", "+django<7.0"] * 2
    checked = inventree.pinkit("check")
    assert checked.returncode == 0, checked.stdout


def test_everything_moves_up_and_nothing_down(inventree: Checkout, shared: Path) -> None:
    advisories = str(shared / "osv" / "PyPI-all.zip")
    plan = inventree.plan("--all", "--db", advisories)
    results = {each["check"]: each["result"] for each in plan["proof"]}
    assert results["no-pin-down"] == "pass"
    assert results["targets"] == results["fixed-point"] == results["not-yanked"] == "pass"
    assert not any(change["name"] == "cryptography" and change["to"] < "50" for change in plan["changes"])
    assert len({change["name"] for change in plan["changes"]}) > 50
    kinds = {signal["kind"] for signal in plan["signals"]}
    assert kinds >= {
        "build backend changed",
        "maintainers changed",
        "new dependency",
        "new entry point",
        "native code",
    }


PYPROJECT = """\
[project]
name = "ours"
version = "1"
dependencies = [
    "boto3>=1.29,<1.30",  # what we know
]
[dependency-groups]
dev = ["moto>=4,<5"]
[tool.pinkit]
python = "3.11"
universal = true
[[tool.pinkit.lock]]
name = "main"
inputs = ["pyproject.toml"]
output = "pylock.toml"
[[tool.pinkit.lock]]
name = "dev"
inputs = ["pyproject.toml"]
groups = ["dev"]
constraints = ["main"]
output = "pylock.dev.toml"
[tool.pinkit.upgrade]
edit-inputs = true
"""


def test_a_cap_on_the_parent_of_a_parent_in_a_pyproject_is_widened(
    index_url: str, warm_cache: Path, tmp_path: Path
) -> None:
    """urllib3 2.2.2 needs a later botocore, that a later boto3, and that the project itself forbids."""
    checkout = Checkout(tmp_path, index_url, warm_cache)
    settings, advisories = tmp_path / "pyproject.toml", tmp_path / "advisories"
    settings.write_text(PYPROJECT)
    advisories.mkdir()
    (advisories / "u.json").write_text(json.dumps(record("TEST-u", "urllib3", events=before("2.2.2"))))
    pins = ("urllib3==1.26.18", "boto3==1.29.7", "moto==4.2.14")
    said = checkout.pinkit("lock", *(word for pin in pins for word in ("-P", pin)))
    assert said.returncode == 0, said.stderr
    plan = checkout.plan("--security", "--db", str(advisories), "--apply")
    assert {change["name"]: change["to"] for change in plan["changes"]} == {
        "boto3": "1.34.0",
        "botocore": "1.34.63",
        "s3transfer": "0.9.0",
        "urllib3": "2.2.2",
    }
    assert {each["result"] for each in plan["proof"]} == {"pass"}
    assert settings.read_text() == PYPROJECT.replace("<1.30", "<1.35")
    assert checkout.pinkit("check").returncode == 0
