"""Looks into distributions of an index: small files whole and verified, large wheels by ranges; both remembered."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pinkit.adapters.http import TooLarge
from pinkit.adapters.inspector_cache import Kept
from pinkit.adapters.remote_zip import BROKEN, NoRanges, RemoteFile
from pinkit.adapters.workers import Job
from pinkit.errors import Unavailable
from pinkit.formats.core_metadata import MAX_BYTES as MAX_TEXT_BYTES
from pinkit.formats.provenance import MAX_BYTES as MAX_PROVENANCE_BYTES
from pinkit.formats.provenance import MEDIA_TYPE, InvalidProvenance, publishers
from pinkit.formats.sdist_metadata import top_level_texts
from pinkit.formats.short_text import short_line
from pinkit.formats.wheel_contents import sdist_contents, texts_wanted, wheel_contents
from pinkit.formats.wheel_names import own_dist_info
from pinkit.model.contents import Contents, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import BinaryIO

    from pinkit.adapters.network_side import NetworkSide
    from pinkit.model.contents import Inspected
    from pinkit.model.distribution import Distribution
    from pinkit.ports import Progress

T = TypeVar("T")

WHOLE_BYTES = 512 << 10
"""Up to here a file is fetched whole: one request, and its digest is checked."""
MOST_BYTES = 64 << 20
"""Larger files are not fetched whole for a look."""
MOST_MEMBERS = 200_000


class IndexInspector:
    """Implements `ports.Inspector` over the connections of a catalog.

    `side` is asked for only when the cache in `folder` lacks something.
    """

    def __init__(self, side: Callable[[], NetworkSide], folder: str, progress: Progress) -> None:
        self._side, self._progress = side, progress
        self._contents: Kept[Contents] = Kept(Path(folder, "contents"), Contents)
        self._publishers: Kept[tuple[str, ...]] = Kept(Path(folder, "publishers"), tuple[str, ...])

    def inspect(self, files: Sequence[Distribution]) -> tuple[Inspected, ...]:
        """See `ports.Inspector`."""
        return self._each(files, "looking into files", self._contents, self._looked_into)

    def publishers(self, files: Sequence[Distribution]) -> tuple[tuple[str, ...] | Unread, ...]:
        """See `ports.Inspector`."""
        attested = [file for file in files if file.provenance]
        told = self._each(attested, "asking who published", self._publishers, self._published_by)
        known = dict(zip(attested, told, strict=True))
        return tuple([known.get(file, ()) for file in files])

    def _each(
        self, files: Sequence[Distribution], label: str, kept: Kept[T], ask: Callable[[Distribution], T]
    ) -> tuple[T | Unread, ...]:
        known: dict[Distribution, T | Unread] = {}
        jobs: dict[Distribution, Job[T | Unread]] = {}
        for file in dict.fromkeys(files):
            found = kept.load(file)
            if found is None:
                jobs[file] = Job(partial(_answered, kept, ask, file))
            else:
                known[file] = found
        if jobs:
            workers = self._side().workers
            with self._progress.task(label, len(jobs)) as step:
                for job in jobs.values():
                    workers.start(job)
                for count, (file, job) in enumerate(jobs.items(), 1):
                    known[file] = job.result()
                    step(count)
        return tuple([known[file] for file in files])

    def _looked_into(self, file: Distribution) -> Contents:
        side = self._side()
        if not file.filename.endswith(".whl"):
            with _whole(side, file).open("rb") as stream:
                return sdist_contents(top_level_texts(stream, file.filename))
        large = file.size is None or file.size > WHOLE_BYTES
        if large and side.http is not None and file.url.startswith("http"):
            try:
                with RemoteFile(side.http, file.url) as remote:
                    return replace(_wheel(remote, file.filename), in_part=True)
            except NoRanges:
                pass
        with _whole(side, file).open("rb") as stream:
            return _wheel(stream, file.filename)

    def _published_by(self, file: Distribution) -> tuple[str, ...]:
        http = self._side().http
        if http is None or not file.provenance.startswith(("https://", "http://")):
            why = "it is not cached" if http is None else "its address is no URL of a server"
            raise Unavailable(f"the provenance of {file.filename} cannot be read", why=why)
        headers = {"Accept": f"{MEDIA_TYPE}, application/json;q=0.9", "Accept-Encoding": "identity"}
        answer = http.get(file.provenance, headers, limit=MAX_PROVENANCE_BYTES)
        if answer.status != 200:
            raise Unavailable("no provenance", why=f"the server answered {answer.status}")
        try:
            return publishers(answer.body)
        except InvalidProvenance as error:
            raise Unavailable("no provenance", why=str(error)) from error


def _answered(kept: Kept[T], ask: Callable[[Distribution], T], file: Distribution) -> T | Unread:
    try:
        answer = ask(file)
    except Unavailable as error:
        return Unread(why=short_line(error.why or error.what))
    kept.save(file, answer)
    return answer


def _whole(side: NetworkSide, file: Distribution) -> Path:
    if file.size is None or file.size > MOST_BYTES:
        size = "of unknown size" if file.size is None else f"of {file.size} bytes"
        raise TooLarge("too large", why=f"a file {size} is not fetched for a look")
    return side.artifacts.open(file)


def _wheel(stream: BinaryIO | RemoteFile, filename: str) -> Contents:
    """The contents of a wheel. Unavailable where it is no wheel that can be read."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if len(names) > MOST_MEMBERS:
                raise ValueError(f"it has more than {MOST_MEMBERS} members")
            dist_info = own_dist_info(names, filename)
            texts = {name: _text(archive, name) for name in texts_wanted(names, dist_info)}
    except BROKEN as error:
        raise Unavailable(f"{filename} cannot be read", why=f"it is no readable wheel: {error}") from error
    return wheel_contents(names, dist_info, texts)


def _text(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as content:
        text = content.read(MAX_TEXT_BYTES + 1)
    if len(text) > MAX_TEXT_BYTES:
        raise ValueError(f"{name} is larger than {MAX_TEXT_BYTES >> 20} MiB")
    return text
