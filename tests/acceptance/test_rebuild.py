"""Published wheels rebuilt from their sdists: those measured in research/rebuild.md, and 20 chosen beforehand."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.sandbox import SystemSandbox

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Tool

PASSING = {"REPRODUCED", "REPRODUCED_MODULO_TIME"}
RECENT = """
    anyio==4.16.0 attrs==26.1.0 black==26.10.1 boto3==1.44.5 build==1.6.1 celery==5.7.0
    certifi==2026.10.18 click==8.5.1 django==6.1.3 docutils==0.23 fastapi==0.165.0 filelock==4.2.12
    flask==3.1.3 hatchling==1.33.0 httpx==0.28.1 idna==3.20 jinja2==3.1.6 packaging==26.3
    pip-tools==7.6.2 platformdirs==4.14.8 pluggy==1.7.0 pydantic==2.14.4 pygments==2.21.0 pytest==9.2.0
    python-dateutil==4.0.0 python-dotenv==1.2.4 requests==2.34.2 resolvelib==1.2.1 rich==15.0.0
    s3transfer==0.19.3 six==1.17.0 sphinx==9.2.0 starlette==1.10.0 tenacity==9.2.1 tomlkit==0.15.2
    twine==7.0.0 typer==0.29.2 urllib3==2.8.0 virtualenv==21.15.11 werkzeug==3.1.9
"""
OLDER = """
    requests==2.28.1 click==8.1.3 six==1.16.0 urllib3==1.26.9 certifi==2022.12.7 attrs==22.1.0
    jinja2==3.1.2 pytz==2022.1 python-dateutil==2.8.2 packaging==21.3 rich==12.5.1 idna==3.4
    pluggy==1.0.0 tomlkit==0.11.1 httpx==0.23.0 typer==0.6.1
"""
CHOSEN = """
    markdown==3.11.3 tqdm==4.70.1 colorama==0.4.6 tabulate==0.10.0 cachetools==8.0.2
    more-itertools==11.2.1 zipp==4.1.2 importlib-metadata==10.2.0 jsonschema==4.26.0 trio==0.35.0
    networkx==3.7 mako==1.4.3 sqlparse==0.6.1 redis==8.1.0 poetry-core==2.5.0 flit-core==4.2.0
    prompt-toolkit==3.0.53 traitlets==5.16.1 oauthlib==4.0.1 textual==8.2.8
"""


@pytest.fixture(scope="module")
def results(tool: Tool, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Release -> result of one run over all of them; PINKIT_ACCEPTANCE_PYTHONS names interpreters to build with."""
    if SystemSandbox().level == "none":
        pytest.skip("nothing isolates third-party code here")
    folder: Path = tmp_path_factory.mktemp("rebuild")
    locks = {"recent.txt": RECENT, "older.txt": OLDER, "chosen.txt": CHOSEN}
    for name, pins in locks.items():
        (folder / name).write_text("\n".join(pins.split()) + "\n")
    pythons = [path for path in os.environ.get("PINKIT_ACCEPTANCE_PYTHONS", "").split(os.pathsep) if path]
    options = [word for path in pythons for word in ("--python", path)]
    policy = ["--allow-inconclusive", "--accept", "EQUIVALENT", "--accept", "PARTIAL"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_INDEX_URL", tool.index_url)
        done = tool.pinkit("verify", "pins", *locks, *options, *policy, "--format", "json", cwd=folder)
    results = json.loads(done.stdout)["results"]
    pure = [result for result in results if result["file"].endswith("-none-any.whl")]
    return {f"{result['name']}=={result['version']}": result for result in pure}


def told(results: dict[str, dict[str, Any]], pins: str) -> Counter[str]:
    return Counter(results[pin]["verdict"] for pin in pins.split())


def test_at_least_fifty_of_the_measured_wheels_are_reproduced(results: dict[str, dict[str, Any]]) -> None:
    verdicts = told(results, RECENT + OLDER)
    assert sum(verdicts[each] for each in PASSING) >= 50, verdicts
    assert set(verdicts) <= PASSING | {"UNBUILDABLE"}, verdicts


def test_what_could_not_be_built_says_why(results: dict[str, dict[str, Any]]) -> None:
    assert all(result["reason"] for result in results.values() if result["verdict"] == "UNBUILDABLE")


def test_the_chosen_twenty_are_reproduced_or_explained(results: dict[str, dict[str, Any]]) -> None:
    verdicts = told(results, CHOSEN)
    assert sum(verdicts[each] for each in PASSING) >= 17, verdicts
    assert not verdicts["DIFFERS"] + verdicts["TAMPER_SUSPECT"], verdicts


def test_no_search_takes_more_than_six_builds(results: dict[str, dict[str, Any]]) -> None:
    assert max(result["builds"] for result in results.values()) <= 6
