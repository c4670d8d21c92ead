"""Code that means harm, really run at each level: what it tries must fail, and be told."""

from __future__ import annotations

import os
import socket
import textwrap
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.sandbox import SystemSandbox
from pinkit.adapters.sandbox_view import BASE_PYTHON
from pinkit.adapters.scratch import remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinkit.adapters.sandbox_watch import Ended


HANGS_S = 60.0
"""No attack takes that long, whatever else this machine does."""


def attack(sandbox: SystemSandbox, work: Path, code: str) -> Ended:
    script = work / "setup.py"
    script.write_text(textwrap.dedent(code), encoding="utf-8")
    return sandbox.run([str(BASE_PYTHON), "-I", str(script)], cwd=work, writable=[work], timeout_s=HANGS_S)


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "work"
    made.mkdir()
    yield made
    remove(made)


def test_cannot_reach_a_server_on_this_machine(sandbox: SystemSandbox, work: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        ended = attack(
            sandbox, work, f"import socket; socket.create_connection(('127.0.0.1', {port}), 3); print('IN')"
        )
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert ended.returncode == 1
    assert "Error" in ended.output


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("socket.create_connection(('192.0.2.1', 80), 3)", id="address"),
        pytest.param("socket.getaddrinfo('index.example', 443)", id="name"),
        pytest.param(
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))", id="udp"
        ),
    ],
)
def test_cannot_reach_the_network(sandbox: SystemSandbox, work: Path, code: str) -> None:
    ended = attack(sandbox, work, f"import socket\n{code}\nprint('IN')")
    assert ended.returncode == 1
    assert "IN" not in ended.output.split()


def test_cannot_see_home_or_files_beside_its_work(sandbox: SystemSandbox, work: Path, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("s3cret", encoding="utf-8")
    home = os.path.expanduser("~")
    ended = attack(
        sandbox,
        work,
        f"""
        import os
        for path in ({str(secret)!r}, "/etc/shadow", "/etc/passwd", {home!r} + "/.netrc", {home!r} + "/.ssh"):
            print(path, os.path.exists(path))
        print("neighbours", os.listdir({str(tmp_path)!r}))
        """,
    )
    assert ended.returncode == 0, ended.output
    assert "True" not in ended.output
    assert "neighbours ['work']" in ended.output


def test_environment_has_nothing_of_ours(
    sandbox: SystemSandbox, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDEX_PASSWORD", "s3cret")
    ended = attack(
        sandbox,
        work,
        """
        import glob
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                print(open(path, "rb").read())
            except PermissionError:
                pass
        """,
    )
    assert ended.returncode == 0, ended.output
    assert "HOME=/tmp/home" in ended.output
    assert "s3cret" not in ended.output


def test_cannot_write_outside(sandbox: SystemSandbox, work: Path, tmp_path: Path) -> None:
    ended = attack(
        sandbox,
        work,
        f"""
        import os
        prefix = {str(BASE_PYTHON.parent.parent)!r}
        for path in ("/usr/evil", "/evil", "/bin/evil", "/dev/evil", "/etc/evil", prefix + "/evil"):
            try:
                open(path, "w").write("x")
                print("WROTE", path)
            except OSError:
                pass
        try:
            open({str(tmp_path / "evil")!r}, "w")
        except OSError:
            pass
        open("mine", "w")
        """,
    )
    assert ended.returncode == 0, ended.output
    assert "WROTE" not in ended.output
    assert not (tmp_path / "evil").exists()
    assert (work / "mine").exists()


def test_cannot_make_the_system_writable_again(sandbox: SystemSandbox, work: Path) -> None:
    ended = attack(
        sandbox,
        work,
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        print("mount", libc.mount(b"none", b"/usr", b"", 32 | 4096, None))
        print("umount", libc.umount2(b"/usr", 2))
        print("mknod", libc.mknod(b"disk", 0o60600, os.makedev(254, 0)))
        print("chroot", libc.chroot(b"/"))
        """,
    )
    assert ended.output.split() == ["mount", "-1", "umount", "-1", "mknod", "-1", "chroot", "-1"]


def test_cannot_see_or_signal_other_processes(sandbox: SystemSandbox, work: Path) -> None:
    ended = attack(
        sandbox,
        work,
        f"""
        import os
        print("processes", len([n for n in os.listdir("/proc") if n.isdigit()]))
        try:
            os.kill({os.getpid()}, 0)
            print("FOUND")
        except OSError:
            pass
        """,
    )
    assert ended.returncode == 0
    assert "FOUND" not in ended.output
    assert int(ended.output.split()[1]) <= 4


def test_fork_bomb_is_stopped_and_dead(sandbox: SystemSandbox, work: Path) -> None:
    ended = attack(
        sandbox,
        work,
        """
        import os, signal
        while True:
            try:
                if os.fork() == 0:
                    os.setsid()
                    signal.pause()
            except OSError:
                print("refused", flush=True)
                break
        """,
    )
    # Whoever is not root is refused by the kernel first; root is stopped by what it uses.
    assert ended.stopped in {"", "more than 48 processes", "more than 256 MiB of memory"}
    assert ended.stopped or ended.output.split() == ["refused"]


def test_disk_is_bounded(sandbox: SystemSandbox, work: Path) -> None:
    ended = attack(
        sandbox,
        work,
        """
        block = b"x" * (4 * 1024 * 1024)
        for number in range(2000):
            open(f"fill{number}", "wb").write(block)
        """,
    )
    assert ended.stopped == "more than 32 MiB on disk"


def test_one_file_is_bounded(sandbox: SystemSandbox, work: Path) -> None:
    ended = attack(sandbox, work, "open('big', 'wb').write(b'x' * (64 * 1024 * 1024))")
    assert ended.returncode != 0
    assert (work / "big").stat().st_size <= 24 * 1024 * 1024


def test_number_of_files_is_bounded(sandbox: SystemSandbox, work: Path) -> None:
    ended = attack(
        sandbox,
        work,
        """
        import os, itertools
        for number in itertools.count():
            os.close(os.open(f"f{number}", os.O_CREAT))
        """,
    )
    assert ended.stopped in {"more than 2000 files", "more than 32 MiB on disk"}


@pytest.mark.parametrize(
    ("code", "stopped"),
    [
        pytest.param(
            """
            held = []
            for number in range(100):
                held.append(open("removed", "wb"))
                os.unlink("removed")
                held[-1].write(block)
                held[-1].flush()
            """,
            "more than 32 MiB on disk",
            id="removed-but-open",
        ),
        pytest.param(
            """
            held = [os.memfd_create(str(number)) for number in range(100)]
            for descriptor in held:
                os.write(descriptor, block)
            """,
            "more than 32 MiB on disk",
            id="memory-files",
        ),
        pytest.param(
            """
            held = []
            while True:
                held.append(mmap.mmap(-1, len(block)))  # shared with nobody, but not "anonymous" to the kernel
                held[-1].write(block)
            """,
            "more than 256 MiB of memory",
            id="shared-memory",
        ),
        pytest.param(
            """
            for number in range(1500):
                os.mkdir("deeper")
                os.chdir("deeper")
                open("a", "wb").write(b"x" * 4000)
            """,
            "directories that hide what is in them",
            id="too-deep-to-name",
        ),
    ],
)
def test_what_is_hidden_is_counted(sandbox: SystemSandbox, work: Path, code: str, stopped: str) -> None:
    prelude = "import mmap, os, signal\nblock = b'x' * (4 * 1024 * 1024)\n"
    ended = attack(sandbox, work, prelude + textwrap.dedent(code) + "\nsignal.pause()\n")
    assert ended.stopped == stopped


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is hidden from root")
def test_an_unreadable_directory_is_no_hiding_place(sandbox: SystemSandbox, work: Path) -> None:
    code = "import os, signal\nos.mkdir('hidden')\nos.chmod('hidden', 0o300)\nsignal.pause()"
    ended = attack(sandbox, work, code)
    (work / "hidden").chmod(0o700)
    assert ended.stopped == "directories that hide what is in them"


@pytest.mark.parametrize("where", ["/tmp", "/dev/shm"])
def test_private_scratch_is_bounded(sandbox: SystemSandbox, work: Path, where: str) -> None:
    ended = attack(
        sandbox,
        work,
        f"""
        import errno
        try:
            for number in range(1000):
                open(f"{where}/fill{{number}}", "wb").write(b"x" * (4 * 1024 * 1024))
        except OSError as error:
            print(errno.errorcode[error.errno])
        """,
    )
    assert ended.output.split() == ["ENOSPC"]


def test_memory_is_bounded_over_the_whole_tree(sandbox: SystemSandbox, work: Path) -> None:
    ended = attack(
        sandbox,
        work,
        """
        import os, signal
        for _ in range(8):
            if os.fork() == 0:
                held = bytearray(os.urandom(1024 * 1024) * 64)
                signal.pause()
        signal.pause()
        """,
    )
    assert ended.stopped == "more than 256 MiB of memory"


def test_time_is_bounded_also_for_what_ignores_signals(sandbox: SystemSandbox, work: Path) -> None:
    alive = work / "alive"

    def clock() -> float:
        """Stands still until the code is at its worst, then the time is over."""
        return 2 * HANGS_S if alive.exists() else 0.0

    timed = SystemSandbox(levels=(sandbox.level,), clock=clock)  # type: ignore[arg-type]
    ended = attack(
        timed,
        work,
        """
        import os, signal
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        if os.fork() == 0:
            os.setsid()
            print("alive", flush=True)
            open("alive", "w").close()
        while True:
            signal.pause()
        """,
    )
    assert ended.timed_out
    assert ended.stopped == "longer than 60 s"
    assert "alive" in ended.output


def test_what_is_left_behind_dies_with_the_command(sandbox: SystemSandbox, work: Path) -> None:
    # What holds no pipe of ours open would not be noticed by the end of its output.
    ended = attack(
        sandbox,
        work,
        """
        import os, time
        begun, begins = os.pipe()
        for number in range(8):
            if os.fork() == 0:
                os.setsid()
                os.close(1), os.close(2)
                alive = os.open(f"alive{number}", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
                os.write(begins, b"x")
                while True:
                    os.write(alive, b"x")
                    os.sched_yield()
        for _ in range(8):
            os.read(begun, 1)
        """,
    )
    assert (ended.returncode, ended.stopped) == (0, "")
    sizes = [path.stat().st_size for path in sorted(work.glob("alive*"))]
    other = attack(sandbox, work, "print('a moment')")
    assert other.returncode == 0
    assert [path.stat().st_size for path in sorted(work.glob("alive*"))] == sizes
    assert len(sizes) == 8


def test_output_is_capped_and_cleaned(sandbox: SystemSandbox, work: Path) -> None:
    ended = attack(
        sandbox,
        work,
        """
        for _ in range(3000):
            print("noise " * 20)
        print("\\x1b[31mred\\x1b]0;title\\x07\\r\\u202eend")
        """,
    )
    assert len(ended.output) < 70_000
    assert "\\x1b[31mred\\x1b]0;title\\x07\\x0d" in ended.output
    assert "\x1b" not in ended.output
    assert "\u202e" not in ended.output


def test_a_link_out_of_the_work_leads_nowhere(sandbox: SystemSandbox, work: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret", encoding="utf-8")
    (work / "link").symlink_to(tmp_path / "token")
    ended = attack(sandbox, work, "print(open('link').read())")
    assert ended.returncode == 1
    assert "s3cret" not in ended.output
