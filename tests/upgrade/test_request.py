"""What `pinkit upgrade` is asked for: the command that asks again tells all of it, and no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinkit.cli.upgrade_request import UpgradeOptions, command_of

if TYPE_CHECKING:
    from pathlib import Path

ENDS = " --cutoff 2026-01-20T12:00:00Z"
CUTOFF = 1768910400


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The top of a repository whose `service` is the working directory."""
    (tmp_path / "top" / "service").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "top" / "service")
    return tmp_path / "top"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param({}, "--security", id="nothing"),
        pytest.param({"db": "advisories"}, "--security --db advisories", id="advisories here"),
        pytest.param({"db": "../osv.zip"}, "--security --db ../osv.zip", id="advisories of the repository"),
        pytest.param({"db": "{root}/service/osv.zip"}, "--security --db osv.zip", id="an absolute path"),
        pytest.param({"db": "../../osv.zip"}, "--security --db ADVISORIES", id="advisories elsewhere"),
        pytest.param({"db": "/nowhere/osv.zip"}, "--security --db ADVISORIES", id="advisories of a machine"),
        pytest.param({"live": True}, "--security --live", id="the service"),
        pytest.param(
            {"osv_url": "https://u:secret@osv.example/api?key=secret"},
            "--security --osv-url 'https://osv.example/api?…'",
            id="another service",
        ),
        pytest.param({"max_age": "2h"}, "--security --max-age 2h", id="the age of advisories"),
        pytest.param(
            {"index_url": "https://u:secret@index.example/simple/"},
            "--security --index-url https://index.example/simple/",
            id="an index with credentials",
        ),
        pytest.param(
            {"extra_index_urls": ("https://a.example/simple/", "https://t@b.example/simple/")},
            "--security --extra-index-url https://a.example/simple/"
            " --extra-index-url https://b.example/simple/",
            id="further indexes",
        ),
        pytest.param({"index_url": "file:///nowhere/index"}, "--security --index-url INDEX", id="a folder"),
        pytest.param(
            {"index_url": "file://{root}/index"}, "--security --index-url ../index", id="a file URL"
        ),
        pytest.param({"index_url": "../index"}, "--security --index-url ../index", id="a relative folder"),
        pytest.param({"verify": True, "timeout_s": 90.0}, "--security --verify --timeout=90", id="limits"),
        pytest.param({"verify": True, "jobs": 3}, "--security --verify", id="what changes no plan"),
        pytest.param(
            {"refresh": True, "apply": True, "plan": "p", "form": "json"}, "--security", id="neither"
        ),
        pytest.param({"cooldown": "3d"}, "--security --cooldown 3d", id="the cooldown"),
        pytest.param({"test": "pytest -q"}, "--security --test 'pytest -q'", id="tests"),
    ],
)
def test_the_command_that_makes_the_plan_again(root: Path, asked: dict[str, Any], said: str) -> None:
    filled = {k: v.format(root=root) if isinstance(v, str) else v for k, v in asked.items()}
    command = command_of(UpgradeOptions(**filled), "security", CUTOFF, root=str(root))
    assert command == f"pinkit upgrade {said}{ENDS}"


@pytest.mark.parametrize(
    ("config", "said"),
    [("pinkit.toml", "pinkit.toml"), ("../other.toml", "../other.toml"), ("/nowhere/x.toml", "CONFIG")],
)
def test_its_configuration(root: Path, config: str, said: str) -> None:
    command = command_of(UpgradeOptions(names=("one",)), "named", CUTOFF, root=str(root), config=config)
    assert command == f"pinkit --config {said} upgrade one{ENDS}"
