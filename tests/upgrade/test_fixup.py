"""`pinkit upgrade --fixup`: a bot's branch with broken locks becomes one that `pinkit check` accepts."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.upgrade.conftest import RECENT, detail, moves

if TYPE_CHECKING:
    from tests.lock.conftest import Said
    from tests.upgrade.conftest import Project


def git(project: Project, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@index.example")
    subprocess.run(["git", *who, *arguments], cwd=project.place.folder, check=True, capture_output=True)


def committed(project: Project, branch: str = "") -> None:
    if branch:
        git(project, "checkout", "-q", "-b", branch)
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "as it is")


def edited(project: Project, file: str, *edits: tuple[str, str]) -> None:
    """What a bot does: text for text, no solver."""
    text = project.place.text(file)
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    (project.place.folder / file).write_text(text)


@pytest.fixture
def branch(project: Project) -> Project:
    """main has app (with part) and framework<2; dev has framework<2 of its own, and tool. Newer ones are out."""
    project.release("part", "1.0")
    project.release("app", "1.0", "part==1.0")
    project.release("framework", "1.0")
    project.release("tool", "1.0")
    git(project, "init", "-q", "-b", "main", ".")
    project.lock("# what runs\napp  # ours\nframework<2  # for now\n", "framework<2\ntool\napp\n")
    committed(project)
    project.release("part", "1.1")
    project.release("part", "1.2")
    project.release("app", "1.1", "part>=1.1")
    project.release("framework", "1.1")
    project.release("framework", "2.0")
    project.release("tool", "1.1", at=RECENT)
    return project


def applied(project: Project, *arguments: str) -> Said:
    said = project.upgrade("--fixup", "--base", "main", "--apply", *arguments)
    checked = project.place.run("check", "-i", project.place.index.url)
    assert checked.code == 0, said.out + said.err + checked.out
    return said


def pins(project: Project, file: str) -> list[str]:
    return [line.split()[0] for line in project.place.text(file).splitlines() if "==" in line[:30]]


def test_bumps_are_kept_in_every_lock_and_their_needs_follow(branch: Project) -> None:
    edited(branch, "main.txt", ("app==1.0", "app==1.1"))
    edited(branch, "dev.txt", ("tool==1.0", "tool==1.1"))
    committed(branch, "bot")
    said = applied(branch)
    assert said.code == 0
    assert pins(branch, "main.txt") == ["app==1.1", "framework==1.0", "part==1.1"]
    assert pins(branch, "dev.txt") == ["app==1.1", "framework==1.0", "part==1.1", "tool==1.1"]
    assert "~ app 1.0 -> 1.1: kept from the branch: app==1.1" in said.out
    assert "waived for what the branch already had: app 1.1" not in said.out
    assert "waived for what the branch already had: tool 1.1" in said.out


def test_a_bump_that_another_input_forbids_is_given_back_by_name(branch: Project) -> None:
    edited(branch, "main.in", ("framework<2  # for now", "framework<3  # for now"))
    edited(branch, "main.txt", ("framework==1.0", "framework==2.0"), ("app==1.0", "app==1.1"))
    committed(branch, "bot")
    said = applied(branch)
    assert said.code == 0
    assert branch.place.text("main.in") == "# what runs\napp  # ours\nframework<2  # for now\n"
    assert pins(branch, "main.txt") == ["app==1.1", "framework==1.0", "part==1.1"]
    given_back = said.out[said.out.index("not kept:") : said.out.index("proof:")]
    assert "framework 2.0 cannot be kept; its line in main.in is as it was" in given_back
    assert "dev.in:1 asks for framework<2" in given_back


def test_the_highest_version_of_any_sister_is_the_wish_for_all(branch: Project) -> None:
    edited(branch, "main.txt", ("part==1.0", "part==1.1"), ("app==1.0", "app==1.1"))
    edited(branch, "dev.txt", ("part==1.0", "part==1.2"))
    committed(branch, "bot")
    applied(branch)
    assert "part==1.2" in pins(branch, "main.txt")
    assert "part==1.2" in pins(branch, "dev.txt")


def test_a_lower_wish_is_kept_where_the_highest_cannot_be(branch: Project) -> None:
    edited(branch, "main.txt", ("framework==1.0", "framework==1.1"))
    edited(branch, "dev.txt", ("framework==1.0", "framework==2.0"))
    committed(branch, "bot")
    applied(branch)
    assert "framework==1.1" in pins(branch, "main.txt")
    assert "framework==1.1" in pins(branch, "dev.txt")


def test_pins_that_the_bot_lost_or_lowered_come_back(branch: Project) -> None:
    text = branch.place.text("dev.txt")
    (branch.place.folder / "dev.txt").write_text(text[: text.index("tool==")])
    edited(branch, "main.txt", ("framework==1.0", "framework==0.9"))
    committed(branch, "bot")
    kept = {name: branch.place.text(name) for name in ("main.txt",)}
    assert applied(branch).code == 0
    assert kept["main.txt"] != branch.place.text("main.txt")
    assert pins(branch, "dev.txt") == ["app==1.0", "framework==1.0", "part==1.0", "tool==1.0"]
    plan = branch.plan("--fixup", "--base", "main")
    assert (plan["changes"], plan["files"]) == ([], [])


def test_a_lock_that_is_only_mended_is_told(branch: Project) -> None:
    (branch.place.folder / "main.txt").unlink()
    committed(branch, "bot")
    said = applied(branch)
    assert said.code == 0
    assert said.out.startswith("Repair the locks of this branch\nmain.txt: written anew\nproof:\n")
    assert branch.upgrade("--fixup", "--base", "main").out.startswith("Nothing to repair\nproof:\n")


def test_a_bump_in_an_input_alone(branch: Project) -> None:
    edited(branch, "dev.in", ("tool", "tool==1.1"), ("app\n", "app>=1\n"))
    committed(branch, "bot")
    plan = branch.plan("--fixup", "--base", "main")
    assert moves(plan) == [("dev.txt", "tool", "1.0", "1.1")]
    assert detail(plan, "age") == "waived for what the branch already had: tool 1.1"
    assert plan["command"].startswith("pinkit upgrade --fixup --base main --db advisories")
    assert (plan["mode"], plan["branch"], plan["exit"]) == ("fixup", "pinkit/fixup", 0)


def test_files_of_the_plan_replace_what_the_bot_wrote(branch: Project) -> None:
    import hashlib

    edited(branch, "main.txt", ("app==1.0", "app==1.1"))
    committed(branch, "bot")
    plan = branch.plan("--fixup", "--base", "main")
    there = (branch.place.folder / "main.txt").read_bytes()
    said = {file["path"]: file["before"] for file in plan["files"]}
    assert said["main.txt"] == f"sha256:{hashlib.sha256(there).hexdigest()}"
    assert set(said) == {"main.txt", "dev.txt"}


@pytest.mark.parametrize("base", ["nowhere", "--all", "HEAD:main.in"])
def test_a_base_that_is_none(branch: Project, base: str) -> None:
    said = branch.upgrade("--fixup", f"--base={base}")
    assert (said.code, said.out) == (2, "")
    assert "no such branch or commit" in said.err


def test_a_base_without_a_common_history(branch: Project) -> None:
    git(branch, "checkout", "-q", "--orphan", "alone")
    branch.place.write(other_in="another beginning\n")
    committed(branch)
    said = branch.upgrade("--fixup", "--base", "main")
    assert (said.code, "HEAD has no history in common with it" in said.err) == (2, True)


def test_fixup_stands_alone(branch: Project) -> None:
    assert "exclude each other" in branch.upgrade("--fixup", "--all").err


@pytest.fixture
def included(project: Project) -> Project:
    """Both inputs include sub/base.in, which caps framework; framework 2 needs part<1.2, which `app` forbids."""
    project.release("part", "1.2")
    project.release("app", "1.0", "part>=1.2")
    project.release("framework", "1.0")
    project.release("tool", "1.0")
    git(project, "init", "-q", "-b", "main", ".")
    project.place.write(sub__base_in="# shared\nframework<2  # for now\ntool<1.1\n")
    project.lock("app\n-r sub/base.in\n", "-r ./sub/../sub/base.in\n")
    committed(project)
    project.release("part", "1.1")
    project.release("framework", "2.0", "part<1.2")
    project.release("tool", "1.1")
    return project


def test_a_bump_in_an_included_file_is_given_back_there(included: Project) -> None:
    edited(included, "sub/base.in", ("framework<2 ", "framework<3 "), ("tool<1.1", "tool==1.1"))
    edited(included, "main.txt", ("framework==1.0", "framework==2.0"))
    committed(included, "bot")
    said = applied(included)
    assert said.code == 0
    assert included.place.text("sub/base.in") == "# shared\nframework<2  # for now\ntool==1.1\n"
    assert "framework 2.0 cannot be kept; its line in sub/base.in is as it was" in said.out
    assert pins(included, "dev.txt") == ["framework==1.0", "tool==1.1"]


def test_includes_that_the_branch_puts_in_or_takes_out_stay_so(included: Project) -> None:
    included.place.write(sub__more_in="tool<1.1\n")
    edited(included, "main.in", ("-r sub/base.in\n", "-r sub/more.in\n"))
    edited(included, "dev.in", ("-r ./sub/../sub/base.in\n", "framework<2\n"))
    (included.place.folder / "sub/base.in").unlink()
    committed(included, "bot")
    said = applied(included)
    assert said.code == 0
    assert pins(included, "main.txt") == ["app==1.0", "part==1.2", "tool==1.0"]
    assert pins(included, "dev.txt") == ["framework==1.0"]


PYPROJECT = """\
[project]
name = "ours"
version = "1"
dependencies = ["app", "framework<2",  # for now
]
[dependency-groups]
dev = ["tool<1.1"]
[tool.pinkit]
python = "3.12"
python-platform = "linux"
[[tool.pinkit.lock]]
name = "all"
inputs = ["pyproject.toml"]
output = "requirements.txt"
groups = ["dev"]
"""


def test_a_bump_in_a_pyproject_is_given_back_there(project: Project) -> None:
    project.release("part", "1.2")
    project.release("app", "1.0", "part>=1.2")
    project.release("framework", "1.0")
    project.release("tool", "1.0")
    git(project, "init", "-q", "-b", "main", ".")
    project.lock("", config=PYPROJECT, over=True)
    committed(project)
    project.release("part", "1.1")
    project.release("framework", "2.0", "part<1.2")
    project.release("tool", "1.1")
    edited(project, "pyproject.toml", ('"framework<2"', '"framework==2.0"'), ('"tool<1.1"', '"tool<1.2"'))
    committed(project, "bot")
    said = applied(project)
    assert said.code == 0
    assert "framework 2.0 cannot be kept; its line in pyproject.toml is as it was" in said.out
    assert project.place.text("pyproject.toml") == PYPROJECT.replace('"tool<1.1"', '"tool<1.2"')
    assert pins(project, "requirements.txt") == ["app==1.0", "framework==1.0", "part==1.2", "tool==1.0"]


def test_what_a_kept_bump_needs_may_be_young_where_it_must(branch: Project) -> None:
    branch.release("part", "2.0", at=RECENT)
    branch.release("app", "1.2", "part>=2")
    edited(branch, "main.txt", ("app==1.0", "app==1.2"))
    committed(branch, "bot")
    assert applied(branch).code == 0
    assert pins(branch, "main.txt") == ["app==1.2", "framework==1.0", "part==2.0"]


def test_a_bump_waits_for_another_that_it_needs(branch: Project) -> None:
    """app 1.3 needs framework 1.1, whose line comes after it: both are kept."""
    branch.release("app", "1.3", "framework>=1.1")
    branch.place.write(main_in="app<1.1\nframework==1.0\n", dev_in="framework\ntool\napp\n")
    assert branch.place.run("lock", "-i", branch.place.index.url, "--refresh").code == 0
    git(branch, "commit", "-q", "-a", "-m", "stricter")
    edited(branch, "main.in", ("app<1.1", "app==1.3"), ("framework==1.0", "framework==1.1"))
    committed(branch, "bot")
    said = applied(branch)
    assert said.code == 0
    assert "not kept" not in said.out
    assert pins(branch, "main.txt") == ["app==1.3", "framework==1.1"]


def test_inputs_are_widened_to_keep_a_bump_where_the_policy_lets_them_be(branch: Project) -> None:
    """dev.in forbids what the bot asks for in main.in; the bump of tool there is a line beside it."""
    path = branch.place.folder / "pyproject.toml"
    path.write_text(f"{path.read_text()}[tool.pinkit.upgrade]\nedit-inputs = true\n")
    git(branch, "commit", "-q", "-a", "-m", "inputs may be edited")
    edited(branch, "main.in", ("framework<2  # for now", "framework<3  # for now"))
    edited(branch, "main.txt", ("framework==1.0", "framework==2.0"))
    edited(branch, "dev.in", ("tool", "tool==1.1"))
    committed(branch, "bot")
    said = applied(branch)
    assert said.code == 0
    assert "not kept" not in said.out
    assert branch.place.text("main.in") == "# what runs\napp  # ours\nframework<3  # for now\n"
    assert branch.place.text("dev.in") == "framework<3\ntool==1.1\napp\n"
    assert pins(branch, "dev.txt") == ["app==1.0", "framework==2.0", "part==1.0", "tool==1.1"]
    assert "kept from the branch: framework==2.0; dev.in has framework<3 now, not framework<2" in said.out


def test_what_no_widening_can_keep_is_given_back(branch: Project) -> None:
    path = branch.place.folder / "pyproject.toml"
    path.write_text(f"{path.read_text()}[tool.pinkit.upgrade]\nedit-inputs = true\n")
    git(branch, "commit", "-q", "-a", "-m", "inputs may be edited")
    branch.release("framework", "3.0", "part<1")
    edited(branch, "main.in", ("framework<2  # for now", "framework==3.0  # for now"))
    committed(branch, "bot")
    said = applied(branch)
    assert said.code == 0
    assert "framework 3.0 cannot be kept; its line in main.in is as it was" in said.out
    assert branch.place.text("dev.in") == "framework<2\ntool\napp\n"
