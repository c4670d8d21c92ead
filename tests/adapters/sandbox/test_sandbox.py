"""Levels and their probe, what a command sees, and the refusal where nothing isolates."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pinkit.adapters import sandbox_watch
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.adapters.sandbox_view import BASE_PYTHON, inside, interpreter_paths
from pinkit.errors import ExitCode, Unavailable, UsageError


def test_command_sees_its_directories_where_they_are(sandbox: SystemSandbox, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "in" / "a").write_text("text", encoding="utf-8")
    ended = sandbox.run(
        ["sh", "-c", f"cp ../in/a b && pwd && ! touch {tmp_path}/in/c 2>/dev/null && hostname"],
        cwd=tmp_path / "out",
        writable=[tmp_path / "out"],
        readable=[tmp_path / "in"],
        hostname="elsewhere",
    )
    assert ended.returncode == 0, ended.output
    assert ended.output.split() == [str(tmp_path / "out"), "elsewhere"]
    assert (tmp_path / "out" / "b").read_text(encoding="utf-8") == "text"


def test_command_sees_its_directories_at_fixed_places(sandbox: SystemSandbox, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    ended = sandbox.run(
        ["sh", "-c", "pwd && touch made"],
        cwd=tmp_path / "src",
        writable=[tmp_path],
        at={tmp_path: "/build"},
    )
    assert ended.output.split() == ["/build/src"]
    assert (tmp_path / "src" / "made").exists()


def test_environment_is_what_was_given(sandbox: SystemSandbox, tmp_path: Path) -> None:
    ended = sandbox.run(
        ["sh", "-c", 'echo "$SOURCE_DATE_EPOCH $HOME"'],
        cwd=tmp_path,
        writable=[tmp_path],
        env={"SOURCE_DATE_EPOCH": "7", "HOME": "/nowhere"},
    )
    assert ended.output.split() == ["7", "/nowhere"]


def test_exit_status_and_signals_are_told(sandbox: SystemSandbox, tmp_path: Path) -> None:
    assert sandbox.run(["sh", "-c", "exit 7"], cwd=tmp_path, writable=[tmp_path]).returncode == 7
    assert sandbox.run(["sh", "-c", "kill -9 $$"], cwd=tmp_path, writable=[tmp_path]).returncode == 137
    missing = sandbox.run(["no-such-command"], cwd=tmp_path, writable=[tmp_path])
    assert missing.returncode != 0
    assert "no-such-command" in missing.output


def test_nothing_runs_where_nothing_isolates(tmp_path: Path) -> None:
    sandbox = SystemSandbox(levels=())
    assert sandbox.level == "none"
    with pytest.raises(Unavailable) as refusal:
        sandbox.run(["touch", "ran"], cwd=tmp_path, writable=[tmp_path])
    assert refusal.value.exit_code is ExitCode.UNAVAILABLE
    assert "--allow-unsandboxed" in refusal.value.hint
    assert not (tmp_path / "ran").exists()


def test_without_isolation_only_when_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_PASSWORD", "s3cret")
    sandbox = SystemSandbox(levels=(), allow_unsandboxed=True)
    ended = sandbox.run(["sh", "-c", "pwd; env"], cwd=tmp_path, writable=[tmp_path])
    assert ended.returncode == 0
    assert ended.output.splitlines()[0] == str(tmp_path)
    assert "s3cret" not in ended.output
    assert f"HOME={Path.home()}\n" not in ended.output


def test_without_isolation_time_is_bounded_all_the_same(tmp_path: Path) -> None:
    sandbox = SystemSandbox(levels=(), allow_unsandboxed=True)
    ended = sandbox.run(["sleep", "30"], cwd=tmp_path, writable=[tmp_path], timeout_s=0.3)
    assert ended.timed_out


def test_without_isolation_there_is_no_path_of_its_own(tmp_path: Path) -> None:
    sandbox = SystemSandbox(levels=(), allow_unsandboxed=True)
    with pytest.raises(UsageError):
        sandbox.run(["true"], cwd=tmp_path, writable=[tmp_path], at={tmp_path: "/build"})


@pytest.mark.parametrize(
    ("script", "why"),
    [
        pytest.param('exec "$@"', "it leaks", id="isolates-nothing"),
        pytest.param(
            "echo setting up uid map: Permission denied; exit 1", "Permission denied", id="forbidden"
        ),
        pytest.param("exit 1", "exit status 1", id="silent"),
        pytest.param("echo PROBED", "", id="claims-all-is-well"),
    ],
)
def test_a_tool_is_believed_only_by_what_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    """A `bwrap` that only looks like one: its options are skipped up to `--`, then the command runs bare."""
    skip = 'while [ "$1" != -- ]; do shift; done; shift\n'
    fake = tmp_path / "bin" / "bwrap"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{skip}{script}\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:/usr/bin:/bin")
    sandbox = SystemSandbox(levels=("bubblewrap",))
    assert (sandbox.level == "none") == bool(why)
    assert why in sandbox.why_none


def test_a_missing_tool_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox = SystemSandbox()
    assert sandbox.level == "none"
    assert sandbox.why_none == "bubblewrap: bwrap is not installed\nunshare: unshare is not installed"


def test_limits_without_prlimit(tmp_path: Path) -> None:
    limits = sandbox_watch.Limits(file_bytes=4096)
    command = sandbox_watch.limited(limits, ["/bin/sh", "-c", "ulimit -f"], None)
    ended = sandbox_watch.watched(command, env={}, cwd=tmp_path, disk=(), limits=limits, timeout_s=20)
    assert ended.output.strip() == "8"  # blocks of 512 bytes


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param(b"plain\n\ttext\n", "plain\n\ttext\n", id="plain"),
        pytest.param(b"a\r\nb", "a\nb", id="line-ends"),
        pytest.param(b"a\x1b[2Jb\rc\x00", "a\\x1b[2Jb\\x0dc\\x00", id="escapes"),
        pytest.param(b"caf\xc3\xa9 \xff", "café \ufffd", id="bytes"),
    ],
)
def test_output_is_cleaned(raw: bytes, shown: str) -> None:
    assert sandbox_watch.cleaned(raw) == shown


@pytest.mark.parametrize(
    ("python", "paths"),
    [
        pytest.param("/usr/bin/python3", (), id="system"),
        pytest.param("/usr/local/bin/python3", (), id="system-local"),
        pytest.param("/bin/python3", (), id="root"),
        pytest.param("/srv/py/3.12/bin/python", (Path("/srv/py/3.12"),), id="prefix"),
    ],
)
def test_what_an_interpreter_needs(python: str, paths: tuple[Path, ...]) -> None:
    assert interpreter_paths(Path(python)) == paths


def test_an_environment_needs_its_base_too(tmp_path: Path) -> None:
    (tmp_path / "base" / "bin").mkdir(parents=True)
    (tmp_path / "env" / "bin").mkdir(parents=True)
    (tmp_path / "base" / "bin" / "python3").touch()
    (tmp_path / "env" / "bin" / "python").symlink_to(tmp_path / "base" / "bin" / "python3")
    assert interpreter_paths(tmp_path / "env" / "bin" / "python") == (tmp_path / "env", tmp_path / "base")


def test_inside_follows_the_innermost_given_directory() -> None:
    at = {Path("/a/b"): "/build"}
    assert inside(Path("/a/b"), at) == "/build"
    assert inside(Path("/a/b/c/d"), at) == "/build/c/d"
    assert inside(Path("/a/bc"), at) == "/a/bc"


def test_another_interpreter_runs_when_readable(sandbox: SystemSandbox, tmp_path: Path) -> None:
    ended = sandbox.run(
        [str(BASE_PYTHON), "-I", "-c", "import ssl, sqlite3, lzma; print('imports')"],
        cwd=tmp_path,
        writable=[tmp_path],
        readable=interpreter_paths(BASE_PYTHON),
    )
    assert ended.output == "imports\n"


def test_limits_hold_where_the_kernel_has_no_pidfd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(pid: int, flags: int = 0) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refused)
    limits = sandbox_watch.Limits()
    quick = sandbox_watch.watched(
        ["/bin/sh", "-c", "exit 3"], env={}, cwd=tmp_path, disk=(), limits=limits, timeout_s=20
    )
    assert (quick.returncode, quick.stopped) == (3, "")
    slow = sandbox_watch.watched(
        ["/bin/sleep", "30"], env={}, cwd=tmp_path, disk=(), limits=limits, timeout_s=0.2
    )
    assert slow.timed_out
