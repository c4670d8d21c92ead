"""What an audit reads besides advisories: environments, revisions, HTTP answers within limits."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.audit_environment import installed
from pinkit.adapters.git_show import file_at
from pinkit.adapters.osv_http import OsvHttp, shown
from pinkit.errors import Unavailable, UsageError
from pinkit.model.lock import ArchiveSource, DirectorySource, VcsSource
from tests.support.osv_server import OsvServer
from tests.support.repositories import commit

if TYPE_CHECKING:
    from pathlib import Path


def environment(folder: Path, direct_urls: dict[str, str]) -> str:
    """A virtual environment's directory whose interpreter finds these distributions alone."""
    site = folder / "site"
    for name, direct_url in direct_urls.items():
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        if direct_url:
            (info / "direct_url.json").write_text(direct_url)
    (folder / "bin").mkdir()
    python = folder / "bin" / "python"
    look = f"import sys; sys.path.append('{site}'); exec(sys.argv[1])"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -c "{look}" "$3"\n')
    python.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("direct_url", "source"),
    [
        pytest.param("", None, id="index"),
        pytest.param(
            '{"url": "https://x.example/r.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
            VcsSource(kind="git", url="https://x.example/r.git", commit="abc"),
            id="vcs",
        ),
        pytest.param(
            '{"url": "file:///p", "dir_info": {"editable": true}}',
            DirectorySource(path="file:///p"),
            id="directory",
        ),
        pytest.param(
            '{"url": "https://x.example/a.whl", "archive_info": {}}',
            ArchiveSource(url="https://x.example/a.whl"),
            id="archive",
        ),
        pytest.param("not json", DirectorySource(path="?"), id="unreadable"),
        pytest.param("[]", DirectorySource(path="?"), id="a-list"),
    ],
)
def test_where_a_distribution_came_from(tmp_path: Path, direct_url: str, source: object) -> None:
    found = installed(environment(tmp_path / "venv", {"Some.Name": direct_url}))
    assert [(pin.name, pin.version, pin.source) for pin in found.lock.pins] == [("some-name", "1.0", source)]


@pytest.mark.parametrize("says", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\necho no json\n", "no program at all"])
def test_an_interpreter_that_does_not_answer(tmp_path: Path, says: str) -> None:
    python = tmp_path / "python"
    python.write_text(says)
    python.chmod(0o755)
    with pytest.raises(Unavailable, match="could not be asked"):
        installed(str(python))


def test_files_of_a_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "r.txt").write_text("old")
    first = commit(tmp_path)
    (tmp_path / "inner" / "r.txt").write_text("new")
    assert file_at(first, "inner/r.txt") == b"old"
    assert file_at("main", "other.txt") is None
    for revision in ("nowhere", "--help", ""):
        with pytest.raises(UsageError, match=f"^{revision}: no git revision here"):
            file_at(revision, "inner/r.txt")


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unavailable, match="git could not be run"):
        file_at("HEAD", "r.txt")


class TestHttp:
    def test_answers_past_their_limit_are_none(self) -> None:
        with OsvServer() as server:
            server.raw["/x"] = b"x" * (2 << 20)
            http = OsvHttp(sleep=lambda _: None)
            with pytest.raises(Unavailable, match="more than 1 MiB"):
                http.get(f"{server.url}/x", limit=1 << 20)
            with pytest.raises(Unavailable, match="larger than 1 MiB"):
                http.download(f"{server.url}/x", io.BytesIO(), 1 << 20, lambda _done, _total: None)

    def test_waits_grow_and_follow_the_server_within_reason(self) -> None:
        waits: list[float] = []
        with OsvServer() as server:
            server.fail("/x", 503, times=9)
            with pytest.raises(Unavailable, match="did not answer") as error:
                OsvHttp(sleep=waits.append).get(f"{server.url}/x")
        assert "HTTP 503, 5 times" in error.value.why
        assert len(waits) == 4
        assert waits[0] < waits[2] < 10

    def test_urls_are_told_without_secrets(self) -> None:
        assert shown("https://user:pw@x.example:8443/a?token=1#f") == "https://x.example:8443/a"
