"""The OSV service asked live: one batch for all pins, every page followed, each record fetched once."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from pinkit.adapters.osv_cache import OsvCache
from pinkit.adapters.osv_http import OsvHttp, shown, side_by_side
from pinkit.errors import Unavailable
from pinkit.formats.osv import is_id, read_record
from pinkit.formats.osv_csv import instant
from pinkit.model.advisory import Advised, Advisory, Affected, DatabaseFacts, Quarantined

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from pinkit.model.advisory import Record
    from pinkit.ports import Progress

API = "https://api.osv.dev"
MAX_QUERIES = 1_000
"""More in one batch are refused by the service."""

MAX_PAGES = 10_000
Release = tuple[str, str]
Query = tuple[Release, str]
"""A release as asked, and the page token ("" = the first page)."""


class OsvLive:
    """An `AdvisorySource` over the OSV API (v1). Records are cached by their time of change."""

    def __init__(
        self, url: str, *, cache: Path | None, progress: Progress, http: OsvHttp | None = None
    ) -> None:
        self._base = url.rstrip("/").removesuffix("/v1")
        self._http = http or OsvHttp()
        self._cache = OsvCache(cache)
        self._progress = progress
        self._records: dict[str, Record] = {}

    def facts(self) -> DatabaseFacts:
        """The records that were asked for; their digest covers those alone."""
        digest = hashlib.sha256()
        read = sorted((r for r in self._records.values() if isinstance(r, Advisory)), key=lambda r: r.id)
        for record in read:
            digest.update(f"{record.id} {record.digest}\n".encode())
        return DatabaseFacts(
            source=shown(self._base),
            records=len(read),
            newest=max((record.modified for record in read), key=instant, default=""),
            digest=f"sha256:{digest.hexdigest()}",
            unreadable=len(self._records) - len(read),
            defective=sum(bool(record.defects) for record in read),
        )

    def affected(self, releases: Collection[Release]) -> Advised:
        """The advisories that the service names for these releases, each read as a database would read it.

        A local version is asked for as its public version, too. A release for which an answer, or a record that
        the answer names, could not be had is unanswered.
        """
        asked = sorted({*releases, *((n, v.partition("+")[0]) for n, v in releases if "+" in v)})
        named = self._ask(asked)
        wanted: dict[str, str] = {}
        for found in named.values():
            wanted.update(found)
        failed = self._fetch(wanted)
        by_name: dict[str, dict[str, Affected]] = {}
        unreadable: dict[str, dict[str, Quarantined]] = {}
        unanswered: dict[Release, str] = {}
        for (name, version), found in named.items():
            for identity in found:
                record = self._records.get(identity)
                if record is None:
                    unanswered[name, version] = (
                        f"{identity} names it and could not be fetched: {failed[identity]}"
                    )
                elif isinstance(record, Quarantined):
                    unreadable.setdefault(name, {})[identity] = record
                elif not record.withdrawn:
                    known = by_name.setdefault(name, {})
                    known.update((each.id, each) for each in record.affected if each.name == name)
        return Advised(
            by_name={name: tuple(found[i] for i in sorted(found)) for name, found in by_name.items()},
            unreadable={name: tuple(found[i] for i in sorted(found)) for name, found in unreadable.items()},
            unanswered=_with_locals(unanswered, releases),
        )

    def advisories(self, ids: Collection[str], *, details: bool) -> dict[str, Advisory]:
        """The records among those already fetched; they are at hand whole."""
        found = ((identity, self._records.get(identity)) for identity in ids)
        return {identity: record for identity, record in found if isinstance(record, Advisory)}

    def _ask(self, releases: Sequence[Release]) -> dict[Release, dict[str, str]]:
        """Release -> {id: modified}; every page is followed."""
        named: dict[Release, dict[str, str]] = {release: {} for release in releases}
        waiting: list[Query] = [(release, "") for release in releases]
        with self._progress.task("asking the advisory service", len(releases)) as step:
            for _ in range(MAX_PAGES):
                if not waiting:
                    return named
                batches = [waiting[i : i + MAX_QUERIES] for i in range(0, len(waiting), MAX_QUERIES)]
                waiting = []
                for batch, results in zip(batches, side_by_side(self._batch, batches), strict=True):
                    waiting += _taken(batch, results, named)
                step(len(releases) - len(waiting))
        raise Unavailable(f"{shown(self._base)}: more than {MAX_PAGES} pages of answers")

    def _batch(self, batch: Sequence[Query]) -> list[Any]:
        queries = [_query(release, token) for release, token in batch]
        url = f"{self._base}/v1/querybatch"
        answer = self._http.post(url, json.dumps({"queries": queries}).encode())
        content = _json(answer.body)
        if answer.status != 200:
            message = str(content.get("message", ""))[:200] if isinstance(content, dict) else ""
            raise Unavailable(f"{shown(url)}: HTTP {answer.status}", why=message)
        results = content.get("results") if isinstance(content, dict) else None
        if not isinstance(results, list) or len(results) != len(batch):
            raise Unavailable(f"{shown(url)} gave no answer for each of {len(batch)} pins")
        return results

    def _fetch(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Read the wanted records that are not at hand; id -> why for those that could not be had."""
        held = self._cache.load(wanted)
        missing = sorted(i for i in wanted if i not in held and i not in self._records)
        for identity, body in held.items():
            self._records[identity] = read_record(body, identity, exact=True)
        failed: dict[str, str] = {}
        fresh: dict[str, bytes] = {}
        with self._progress.task("fetching advisories", len(missing)) as step:
            answers = side_by_side(self._record, missing)
            for done, (identity, got) in enumerate(zip(missing, answers, strict=True), 1):
                step(done)
                if isinstance(got, str):
                    failed[identity] = got
                else:
                    self._records[identity] = read_record(got, identity, exact=True)
                    fresh[identity] = got
        kept = {i: body for i, body in fresh.items() if isinstance(self._records[i], Advisory)}
        self._cache.keep(kept, wanted)
        return failed

    def _record(self, identity: str) -> bytes | str:
        try:
            answer = self._http.get(f"{self._base}/v1/vulns/{identity}")
        except Unavailable as error:
            return error.why or error.what
        return answer.body if answer.status == 200 else f"HTTP {answer.status}"


def _query(release: Release, token: str) -> dict[str, Any]:
    query: dict[str, Any] = {"package": {"name": release[0], "ecosystem": "PyPI"}, "version": release[1]}
    if token:
        query["page_token"] = token
    return query


def _taken(
    batch: Sequence[Query], results: Iterable[Any], named: dict[Release, dict[str, str]]
) -> list[Query]:
    """Note the ids of every result; the queries that have a next page."""
    more: list[Query] = []
    for (release, token), result in zip(batch, results, strict=True):
        if not isinstance(result, dict):
            raise Unavailable(f"the advisory service gave no answer for {release[0]} {release[1]}")
        vulns = result.get("vulns") or ()
        for found in vulns if isinstance(vulns, list | tuple) else (None,):
            if not isinstance(found, dict) or not is_id(found.get("id")):
                raise Unavailable(f"the advisory service named no id for {release[0]} {release[1]}")
            named[release][found["id"]] = str(found.get("modified", ""))
        following = result.get("next_page_token")
        if following and following == token:
            raise Unavailable(f"the advisory service repeats a page for {release[0]} {release[1]}")
        if following:
            more.append((release, str(following)))
    return more


def _with_locals(unanswered: dict[Release, str], releases: Collection[Release]) -> dict[Release, str]:
    """A local version is unanswered when its public one is."""
    for name, version in releases:
        public = (name, version.partition("+")[0])
        if public in unanswered:
            unanswered.setdefault((name, version), unanswered[public])
    return unanswered


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
