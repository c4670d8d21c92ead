"""What is carried to workers is plain data, and where a rebuild runs changes nothing of its answer."""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.adapters import rebuild_pool as rebuild_pool_module
from pinkit.adapters.rebuild_pool import RebuildProcesses, rebuild_pool
from pinkit.cli import verify_worker
from pinkit.cli.console import Console
from pinkit.cli.settings import Settings
from pinkit.cli.verify_options import VerifyOptions
from pinkit.cli.verify_wiring import verify_tools
from pinkit.cli.verify_worker import Workbench, rebuilt
from pinkit.errors import Unavailable, UsageError
from pinkit.model.distribution import Distribution
from pinkit.model.rebuild import Attempt, Comparison, Level, Outcome, Verdict
from pinkit.model.rebuild_plan import Plan
from pinkit.rebuild.classes import WEIGHTS, discrepancy
from pinkit.workflows.rebuild_task import Task, rebuild_task
from pinkit.workflows.verify_pins import verify_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinkit.workflows.verify_pins import VerifyTools

    from .scene import Scene

texts = st.text(max_size=20)
distributions = st.builds(
    Distribution,
    filename=texts,
    url=texts,
    hashes=st.tuples(texts),
    size=st.none() | st.integers(),
    upload_time=st.none() | st.integers(),
    yanked=st.none() | texts,
)
tasks = st.builds(Task, name=texts, version=texts, published=distributions, source=distributions)
plans = st.builds(Plan, because=texts, pins=st.tuples(texts), source_date_epoch=st.none() | st.integers())
comparisons = st.builds(
    Comparison,
    level=st.sampled_from(Level),
    discrepancies=st.tuples(st.builds(discrepancy, st.sampled_from(sorted(WEIGHTS)), texts, texts)),
)
attempts = st.builds(
    Attempt,
    plan=plans,
    requirements=st.tuples(distributions),
    comparison=st.none() | comparisons,
    failure=texts,
)
outcomes = st.builds(
    Outcome,
    name=texts,
    version=texts,
    file=texts,
    digest=texts,
    verdict=st.sampled_from(Verdict),
    best=st.none() | attempts,
    builds=st.integers(),
    reason=texts,
)
benches = st.builds(
    Workbench, cache_dir=texts, planned=st.tuples(texts), timeout_s=st.floats(allow_nan=False)
)


@given(st.one_of(tasks, outcomes, benches))
def test_what_travels_comes_back_equal(value: object) -> None:
    assert pickle.loads(pickle.dumps(value)) == value


@pytest.mark.parametrize("kind", ["threads", "processes", "concurrent.futures:ThreadPoolExecutor"])
def test_where_it_runs_changes_no_byte(scene: Scene, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    assert scene.pins("--format", "json", "--evidence", "evidence") == 0
    expected, statements = capsys.readouterr().out, evidence(scene)
    for kept in (scene.folder / "cache" / "rebuilds").iterdir():
        kept.unlink()
    assert scene.pins("--format", "json", "--evidence", "evidence", "--executor", kind) == 0
    assert capsys.readouterr().out == expected
    assert evidence(scene) == statements
    assert list((scene.folder / "cache" / "rebuilds").iterdir())
    assert json.loads(expected)["results"][0]["builds"] == 1


def evidence(scene: Scene) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (scene.folder / "evidence").iterdir()}


def tools_with(scene: Scene, options: VerifyOptions) -> Any:
    settings = Settings(
        config="", cache_dir=str(scene.folder / "cache"), offline=False, console=Console(verbosity=-1)
    )
    return verify_tools(options, settings)


def demo_task(tools: VerifyTools) -> Task:
    wheel, source = sorted(
        tools.catalog.distributions("demo", "1.0"), key=lambda d: not d.filename.endswith("whl")
    )
    return Task(name="demo", version="1.0", published=wheel, source=source)


def test_no_credentials_travel(scene: Scene) -> None:
    host = scene.server.url.partition("://")[2]
    (scene.folder / "pyproject.toml").write_text(
        f'[tool.pinkit]\nindex-url = "http://me:s3cret@{host}"\n'
        f'extra-index-urls = ["http://me:s3cret@{host}"]\n'
        f'indexes = [{{ name = "own", url = "http://me:s3cret@{host}" }}]\n'
        'find-links = ["wheels"]\n'
    )
    (scene.folder / "wheels").mkdir()
    with tools_with(scene, VerifyOptions()) as tools:
        sent = pickle.dumps((tools.rebuild, demo_task(tools)))
    assert b"s3cret" not in sent
    assert host.encode() in sent
    assert (scene.folder / "wheels").as_uri().encode() in sent


@pytest.fixture
def elsewhere(scene: Scene) -> Iterator[Callable[..., Callable[[Task], Outcome]]]:
    """What another process would call: tools are made where it runs, none are lent."""
    benches = []

    def call(**more: object) -> Callable[[Task], Outcome]:
        bench = Workbench(cache_dir=str(scene.folder / "worker"), **more)  # type: ignore[arg-type]
        benches.append(bench)
        return partial(rebuilt, bench)

    yield call
    for bench in benches:
        made = verify_worker._made.pop((os.getpid(), bench), None)
        if made is not None:
            made.catalog.close()


def test_a_worker_makes_its_tools_once(
    scene: Scene, elsewhere: Callable[..., Callable[[Task], Outcome]]
) -> None:
    with tools_with(scene, VerifyOptions()) as tools:
        task = demo_task(tools)
    call = elsewhere()
    assert call(task).verdict is Verdict.REPRODUCED
    made = dict(verify_worker._made)
    assert call(task).verdict is Verdict.REPRODUCED
    assert verify_worker._made == made


@pytest.mark.parametrize(
    ("more", "filename", "told"),
    [
        ({"planned": ("3.99",)}, "", "Python 3.99 is not on this machine"),
        ({}, "demo-1.0-cp311-cp311-win_amd64.whl", "for another platform"),
        ({"require_sandbox": True}, "", "as --require-sandbox asks"),
    ],
    ids=["lacks-python", "other-platform", "less-isolated"],
)
def test_a_worker_that_cannot_do_it_says_so(
    scene: Scene,
    elsewhere: Callable[..., Callable[[Task], Outcome]],
    monkeypatch: pytest.MonkeyPatch,
    more: dict[str, object],
    filename: str,
    told: str,
) -> None:
    with tools_with(scene, VerifyOptions()) as tools:
        task = demo_task(tools)
    if filename:
        task = replace(task, published=replace(task.published, filename=filename))
    if more.get("require_sandbox"):
        monkeypatch.setenv("PATH", str(scene.folder))  # no bubblewrap
    with pytest.raises(Unavailable) as found:
        elsewhere(**more)(task)
    assert told in f"{found.value.what} {found.value.why}"


def test_a_worker_that_dies_is_told_as_untried(scene: Scene) -> None:
    with tools_with(scene, VerifyOptions(executor="processes", jobs=1)) as tools:
        task = demo_task(tools)
        (outcome,) = verify_tasks([task], replace(tools, rebuild=_die))
        assert (outcome.verdict, outcome.file) == (Verdict.SKIPPED, task.published.filename)
        assert "the worker ended without an answer" in outcome.reason
        (after,) = verify_tasks([task], tools)  # the pool is broken now: it refuses at once
        assert after.verdict is Verdict.SKIPPED


def _die(_: Task) -> Outcome:
    os._exit(3)


class OwnFuture:
    """A future of another kind: only what the port promises to use."""

    def __init__(self, value: Outcome) -> None:
        self._value = value

    def result(self) -> Outcome:
        return self._value

    def cancel(self) -> bool:
        return False

    def add_done_callback(self, call: Callable[[object], object]) -> None:
        threading.Thread(target=call, args=(self,)).start()


class Cluster:
    """An executor whose calls travel as bytes."""

    def submit(self, function: Any, *arguments: Any) -> OwnFuture:
        sent, given = pickle.loads(pickle.dumps((function, arguments)))
        return OwnFuture(pickle.loads(pickle.dumps(sent(*given))))


def test_a_cluster_fits_without_a_change(scene: Scene) -> None:
    with tools_with(scene, VerifyOptions()) as tools:
        (outcome,) = verify_tasks([demo_task(tools)], replace(tools, executor=Cluster()))
    assert outcome.verdict is Verdict.REPRODUCED


def no_executor(jobs: int) -> object:
    """Something that is none."""
    return jobs


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("ssh", "no such executor"),
        (":x", "no such executor"),
        ("no.such.module:x", "cannot be loaded"),
        ("concurrent.futures:Absent", "cannot be loaded"),
        (f"{__name__}:no_executor", "is no executor"),
        ("contextlib:nullcontext", "is no executor"),
    ],
)
def test_an_executor_that_is_none_is_told(kind: str, told: str) -> None:
    with pytest.raises(UsageError, match=told), rebuild_pool(kind, 1):
        pass


def test_a_named_executor_is_made_with_the_number_of_jobs() -> None:
    with rebuild_pool("concurrent.futures:ThreadPoolExecutor", 3) as executor:
        assert isinstance(executor, ThreadPoolExecutor)
        assert executor._max_workers == 3


def _build_without_end(begun: str, left: str) -> None:
    try:
        Path(begun).write_text("")  # a pipe: returns when the test has opened it
        threading.Event().wait()
    finally:
        Path(left).write_text("cleaned")


def _tell_pid() -> int:
    return os.getpid()


def test_processes_left_by_an_error_end_at_once_and_clean_up(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    begun, left = tmp_path / "begun", tmp_path / "left"
    os.mkfifo(begun)
    with pytest.raises(KeyboardInterrupt), RebuildProcesses(1) as pool:  # noqa: PT012 - the pool is what is tried
        worker = pool.submit(_tell_pid).result()
        futures = [pool.submit(_build_without_end, str(begun), str(left)) for _ in range(3)]
        begun.read_text()
        os.kill(worker, signal.SIGINT)  # as Ctrl-C tells every process of the terminal
        raise KeyboardInterrupt
    assert left.read_text() == "cleaned"
    assert all(future.cancelled() or future.exception(0) for future in futures)
    assert "Traceback" not in capfd.readouterr().err


def _wait_without_end() -> None:
    threading.Event().wait()


@pytest.fixture
def threads_that_seldom_take_turns() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(2.0)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("threads_that_seldom_take_turns")
def test_all_that_was_asked_of_processes_is_answered_when_they_are_left() -> None:
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt), RebuildProcesses(1) as pool:  # noqa: PT012 - the pool is what is tried
            pool.submit(_tell_pid).result()
            futures = [pool.submit(_wait_without_end) for _ in range(3)]
            raise KeyboardInterrupt
        assert all(future.done() for future in futures)


def test_an_idle_process_that_is_told_to_end_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), RebuildProcesses(1) as pool:  # noqa: PT012 - the pool is what is tried
        pool.submit(_tell_pid).result()
        raise KeyboardInterrupt
    assert capfd.readouterr().err == ""


def test_a_worker_that_is_told_to_end_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rebuild_pool_module._called(_tell_pid) == os.getpid()
    assert not rebuild_pool_module._Worker.busy
    monkeypatch.setattr(rebuild_pool_module._Worker, "ended", True)
    with pytest.raises(KeyboardInterrupt):
        rebuild_pool_module._called(_tell_pid)


def test_a_run_that_is_interrupted_begins_no_further_build(scene: Scene) -> None:
    with pytest.raises(KeyboardInterrupt), tools_with(scene, VerifyOptions()) as tools:  # noqa: PT012
        task = demo_task(tools)
        raise KeyboardInterrupt
    with pytest.raises(Unavailable, match="nothing is run any more"):
        rebuild_task(task, SmallFiles(scene), tools.rebuilds)


class SmallFiles:
    """The scene's files as artifacts, without an index."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def open_distribution(self, wanted: Distribution) -> Path:
        return self.scene.wheel if wanted.filename.endswith(".whl") else self.scene.sdist
