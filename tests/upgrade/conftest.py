"""A project of two layered locks, an index whose releases have a past, and advisories of our own making."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lock.conftest import Place, Said, index, place
from tests.support.distributions import wheel
from tests.support.osv_records import record
from tests.support.projects import CONFIG

__all__ = ["CONFIG", "Project", "index", "place", "project"]

OLD, NOW, RECENT = "2024-01-01T00:00:00Z", "2026-01-20T12:00:00Z", "2026-01-18T00:00:00Z"


class Project:
    """The user's project: releases are added, locked, and then upgraded as at `NOW`."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.records = 0

    def release(self, name: str, version: str, *requires: str, at: str = OLD, **extra: Any) -> None:
        tag = extra.pop("tag", "py3-none-any")
        self.place.index.add(name, wheel(name, version, requires, tag=tag), upload_time=at, **extra)

    def lock(self, main: str, dev: str = "", config: str = "", *, over: bool = False) -> None:
        """Lock these inputs as the index is now."""
        self.place.write(pyproject_toml=config if over else CONFIG + config, main_in=main, dev_in=dev or main)
        said = self.place.run("lock", "-i", self.place.index.url, "--refresh")
        assert said.code == 0, said.err

    def advise(self, identity: str, name: str, **fields: Any) -> None:
        """Publish an advisory."""
        folder = self.place.folder / "advisories"
        folder.mkdir(exist_ok=True)
        content = json.dumps(record(identity, name, published="2026-01-02T03:04:05Z", **fields))
        (folder / f"{identity}.json").write_text(content)

    def upgrade(self, *arguments: str) -> Said:
        db = self.place.folder / "advisories"
        db.mkdir(exist_ok=True)
        if not any(db.iterdir()):
            self.advise("TEST-0", "nothing-here", events=[{"introduced": "0"}])
        options = ("--db", str(db), "--cutoff", NOW, "-i", self.place.index.url, "--refresh")
        return self.place.run("upgrade", *arguments, *options)

    def plan(self, *arguments: str) -> dict[str, Any]:
        """The plan as JSON, its exit code under "exit"."""
        said = self.upgrade(*arguments, "--format", "json")
        assert said.out, said.err
        return {**json.loads(said.out), "exit": said.code}


@pytest.fixture
def project(place: Place) -> Project:
    return Project(place)


def moves(plan: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(c["lock"], c["name"], c["from"], c["to"]) for c in plan["changes"]]


def proof(plan: dict[str, Any]) -> dict[str, str]:
    return {each["check"]: each["result"] for each in plan["proof"]}


def detail(plan: dict[str, Any], check: str) -> str:
    return next(each["detail"] for each in plan["proof"] if each["check"] == check)
