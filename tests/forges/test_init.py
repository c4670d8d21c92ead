"""pinkit init: files that the forges take, written once, and nothing of the user's touched."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pinkit.cli.app import run
from pinkit.errors import ExitCode, UsageError
from pinkit.formats.precommit_edit import with_hooks
from pinkit.workflows.init import PARTS, detected_parts, ready_files
from tests.support.repositories import git
from tests.test_docs import unknown_parts, words_of

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = {f.path: f.content for f in ready_files(PARTS, lambda path: None, "1.2.3")}
YAML = {path: yaml.safe_load(text) for path, text in WRITTEN.items()}
WORKFLOWS = {path: tree for path, tree in YAML.items() if "/workflows/" in path}


def tree_of(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and ".git" not in p.relative_to(folder).parts
    }


def steps_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def shell_lines() -> list[str]:
    lines = [
        line
        for tree in WORKFLOWS.values()
        for step in steps_of(tree)
        for line in step.get("run", "").splitlines()
    ]
    jobs = YAML[".gitlab/pinkit.yml"].values()
    lines += [line for job in jobs for line in (*job.get("script", ()), *job.get("before_script", ()))]
    lines += [hook["entry"] for hook in YAML[".pre-commit-config.yaml"]["repos"][0]["hooks"]]
    return lines


@pytest.mark.parametrize("path", WORKFLOWS)
def test_workflows_may_only_read_at_the_top(path: str) -> None:
    assert WORKFLOWS[path]["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", WORKFLOWS)
def test_actions_are_pinned_by_commit_and_keep_no_credentials(path: str) -> None:
    used = [step for step in steps_of(WORKFLOWS[path]) if "uses" in step]
    assert [
        s["uses"] for s in used if not re.fullmatch(r"(https://github\.com/)?[\w/-]+@[0-9a-f]{40}", s["uses"])
    ] == []
    checkouts = [step for step in used if "actions/checkout@" in step["uses"]]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_only_publishing_may_write_and_has_the_token() -> None:
    jobs = YAML[".github/workflows/pinkit-upgrade.yml"]["jobs"]
    assert "permissions" not in jobs["plan"]
    assert jobs["publish"]["permissions"] == {
        "contents": "write",
        "pull-requests": "write",
        "issues": "write",
    }
    texts = {name: json.dumps(job) for name, job in jobs.items()}
    assert ("token" in texts["plan"], "token" in texts["publish"]) == (False, True)
    assert YAML[".gitlab/pinkit.yml"]["pinkit-plan"]["variables"] == {"PINKIT_FORGE_TOKEN": ""}


@pytest.mark.parametrize("path", WORKFLOWS)
def test_no_text_of_an_event_reaches_a_shell(path: str) -> None:
    assert [step["run"] for step in steps_of(WORKFLOWS[path]) if "${{" in step.get("run", "")] == []


def test_the_commands_exist_with_their_options() -> None:
    commands = [words_of(line.partition(" || ")[0]) for line in shell_lines() if line.startswith("pinkit ")]
    assert len(commands) >= 15
    assert {word: unknown_parts(word.split()[1:]) for word in map(" ".join, commands)} == {
        " ".join(words): [] for words in commands
    }


def test_every_forge_checks_audits_verifies_upgrades_and_publishes() -> None:
    by_forge = {
        "github": [f for f in WRITTEN if f.startswith(".github/")],
        "gitlab": [".gitlab/pinkit.yml"],
        "forgejo": [f for f in WRITTEN if f.startswith(".forgejo/")],
    }
    for forge, paths in by_forge.items():
        text = "\n".join(WRITTEN[path] for path in paths)
        verbs = ("pinkit check", "pinkit audit", "pinkit verify pins", "pinkit upgrade", f"--forge {forge}")
        assert [verb for verb in verbs if verb not in text] == []


@pytest.mark.parametrize(
    ("paths", "host", "parts"),
    [
        ((), "", ("github", "pre-commit")),
        ((), "gitlab.com", ("gitlab", "pre-commit")),
        ((), "codeberg.org", ("forgejo", "pre-commit")),
        ((".gitlab-ci.yml",), "git.example", ("gitlab", "pre-commit")),
        ((".gitea", ".github"), "", ("github", "forgejo", "pre-commit")),
    ],
    ids=str,
)
def test_the_forge_is_seen_from_signs(paths: tuple[str, ...], host: str, parts: tuple[str, ...]) -> None:
    assert detected_parts(lambda path: path in paths, host) == parts


def test_the_second_run_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", "git@gitlab.com:group/project.git")
    assert run(["init", str(tmp_path)]) == ExitCode.YES
    first = tree_of(tmp_path)
    assert sorted(first) == [".gitlab-ci.yml", ".gitlab/pinkit.yml", ".pre-commit-config.yaml"]
    capsys.readouterr()
    assert run(["init", str(tmp_path), "--format", "json"]) == ExitCode.YES
    told = json.loads(capsys.readouterr().out)
    assert {each["done"] for each in told["files"]} == {"same"}
    assert tree_of(tmp_path) == first


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path), "--dry-run"]) == ExitCode.YES
    assert tree_of(tmp_path) == {}
    assert ".github/workflows/pinkit.yml  would be written" in capsys.readouterr().out


def test_files_of_the_user_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / ".github/workflows/pinkit.yml"
    own.parent.mkdir(parents=True)
    own.write_text("name: mine\n")
    (tmp_path / ".gitlab-ci.yml").write_text("stages: [build]\n")
    arguments = ["init", str(tmp_path), *(word for part in PARTS for word in ("--part", part))]
    assert run(arguments) == ExitCode.YES
    told = capsys.readouterr().out
    assert "pinkit.yml  left as it is: it differs; --force replaces it" in told
    assert ".gitlab-ci.yml  left as it is: add to `include:` of it: `- local: .gitlab/pinkit.yml`" in told
    assert own.read_text() == "name: mine\n"
    assert run([*arguments, "--force"]) == ExitCode.YES
    assert own.read_text() != "name: mine\n"
    assert (tmp_path / ".gitlab-ci.yml").read_text() == "stages: [build]\n"


@pytest.mark.parametrize("in_the_way", ["a file", "a link to nowhere"])
def test_what_is_in_the_way_of_a_folder_is_told(
    in_the_way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if in_the_way == "a file":
        (tmp_path / ".github").write_text("mine\n")
    else:
        (tmp_path / ".github").symlink_to("nowhere")
    assert run(["init", str(tmp_path), "--part", "github"]) == ExitCode.USAGE
    assert "workflows: this folder cannot be made" in capsys.readouterr().err


@pytest.mark.parametrize("below", [True, False])
def test_a_folder_below_the_top_of_its_repository_is_told(
    below: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "service" if below else tmp_path
    folder.mkdir(exist_ok=True)
    assert run(["init", str(folder), "--part", "github"]) == ExitCode.YES
    assert ("below the top of its repository" in capsys.readouterr().err) == below


def test_a_pipeline_that_includes_the_jobs_is_as_it_should_be() -> None:
    texts = {".gitlab-ci.yml": b"include:\n  - local: .gitlab/pinkit.yml\nstages: [x]\n"}
    done = {f.path: f.done for f in ready_files(["gitlab"], texts.get, "1")}
    assert done == {".gitlab-ci.yml": "same", ".gitlab/pinkit.yml": "new"}


def test_giteas_folder_is_kept() -> None:
    texts = {".gitea/workflows/pinkit.yml": b""}
    assert {f.path.split("/")[0] for f in ready_files(["forgejo"], texts.get, "1")} == {".gitea"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--part", "svn"], "no such part"),
        (["--format", "xml"], "no such rendering"),
        (["nowhere"], "no such folder"),
    ],
    ids=str,
)
def test_wrong_requests(
    arguments: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", *arguments]) == ExitCode.USAGE
    assert says in capsys.readouterr().err


CONFIGS = {
    "two spaces": "repos:\n  - repo: https://forge.example/a\n    rev: v1\n    hooks:\n      - id: a\n",
    "no indent": "# mine\nci: {}\nrepos:\n- repo: https://forge.example/a  # why\n  rev: v1\n  hooks:\n  - id: a\n",
    "lines of Windows": "repos:\r\n- repo: local\r\n  hooks:\r\n  - id: x\r\n",
    "no newline at the end": "repos:\n- repo: local\n  hooks: [{id: x}]",
    "hooks that are none": "repos:\n- repo: local\n  hooks: 5\n",
    "nothing": "",
    "a comment": "# ours\n",
    "no repos": "ci:\n  skip: [x]\n",
    "nothing in repos": "ci: {}\nrepos:\n",
    "a comment in repos": "repos:  # none yet\n  # really",
}


@pytest.mark.parametrize("text", CONFIGS.values(), ids=CONFIGS)
def test_hooks_are_added_behind_the_users_own(text: str) -> None:
    edited = with_hooks(text.encode(), "c", "1.2.3")
    assert edited is not None
    assert edited.startswith(text)
    assert ("\r\n" in text) == ("\r\n" in edited) == (not re.search(r"(?<!\r)\n", edited))
    before, after = yaml.safe_load(text), yaml.safe_load(edited)
    assert after == {**(before or {}), "repos": after["repos"]}
    assert after["repos"][:-1] == ((before or {}).get("repos") or [])
    assert [hook["id"] for hook in after["repos"][-1]["hooks"]] == ["pinkit-lock-check", "pinkit-audit"]
    assert with_hooks(edited.encode(), "c", "9.9.9") == edited


@pytest.mark.parametrize(
    "text",
    [
        "--- {}\n...\n",
        "repos: []\n",
        "repos:\n- repo: local\n  hooks: []\nci: {}\n",
        "repos: [{repo: local, hooks: []}]\n",
        "- 1\n",
    ],
    ids=["an end", "flow", "not last", "flow entries", "a list"],
)
def test_what_cannot_be_extended_safely_is_left(text: str) -> None:
    assert with_hooks(text.encode(), "c", "1") is None
    [ready] = ready_files(["pre-commit"], {".pre-commit-config.yaml": text.encode()}.get, "1")
    assert (ready.done, "by hand" in ready.note) == ("kept", True)


def test_hooks_run_for_the_files_that_are_configured() -> None:
    pyproject = (
        "[[tool.pinkit.lock]]\nname = 'base'\ninputs = ['requirements.in']\noutput = 'locks/main.txt'\n"
        "[[tool.pinkit.lock]]\ninputs = [\"it's.in\"]\noutput = 'dev+.lock'\nconstraints = ['base', 'bounds.txt']\n"
    )
    [ready] = ready_files(["pre-commit"], {"pyproject.toml": pyproject.encode()}.get, "1")
    pattern = yaml.safe_load(ready.content)["repos"][0]["hooks"][0]["files"]
    matched = {
        "locks/main.txt",
        "it's.in",
        "dev+.lock",
        "bounds.txt",
        "requirements.in",
        "sub/pyproject.toml",
    }
    others = {"base", "locks/mainxtxt", "sub/bounds.txt", "dev.lock", "README.md"}
    assert {name for name in matched | others if re.search(pattern, name)} == matched


def test_no_yaml_is_said() -> None:
    with pytest.raises(UsageError, match="no YAML"):
        with_hooks(b"repos: [", "c", "1")


@given(st.text(max_size=60), st.sampled_from(list(CONFIGS.values())))
def test_whatever_stands_there_is_kept(more: str, text: str) -> None:
    content = f"{text}\n{more}".encode("utf-8", "replace")
    try:
        edited = with_hooks(content, "c", "1")
    except UsageError:
        return
    assert edited is None or edited.encode().startswith(content.decode().rstrip("\r\n").encode())


def test_pinkits_own_hooks_are_commands(pytestconfig: pytest.Config) -> None:
    hooks = yaml.safe_load((pytestconfig.rootpath / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["pinkit-lock-check", "pinkit-check", "pinkit-audit"]
    assert [unknown_parts(hook["entry"].split()[1:]) for hook in hooks] == [[], [], []]
