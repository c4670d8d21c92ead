"""What `pinkit verify dist` does once its options are read."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.cli.verify_options import check_options
from pinkit.cli.verify_report import from_repositories, in_order, tell, written_evidence
from pinkit.errors import ExitCode, IntegrityError, Unavailable, UsageError
from pinkit.formats.core_metadata import InvalidMetadata
from pinkit.formats.filenames import SDIST_SUFFIXES, FilenameReader, project_name
from pinkit.formats.pep440 import sort_key
from pinkit.formats.pep508 import normalized_name
from pinkit.model.distribution import Distribution
from pinkit.model.rebuild import STANDINGS, Standing
from pinkit.rebuild.report import VerifyReport
from pinkit.rebuild.verdict import exit_code

if TYPE_CHECKING:
    from pinkit.cli.settings import Settings
    from pinkit.cli.verify_options import VerifyOptions
    from pinkit.model.rebuild import Outcome
    from pinkit.workflows.rebuild_task import Task
    from pinkit.workflows.verify_pins import VerifyTools


def run_dist(what: str, options: VerifyOptions, settings: Settings, *, sdist: str, replay_file: str) -> int:
    """Verify one file, one release, or the build that evidence describes."""
    from pinkit.cli.verify_wiring import verify_tools
    from pinkit.workflows.verify_pins import verify_tasks

    check_options(options)
    accepted = options.accepted()
    if bool(what) == bool(replay_file):
        raise UsageError("name one file or NAME==VERSION, or one --replay FILE")
    if sdist and (replay_file or not sdist.endswith(SDIST_SUFFIXES)):
        why = "evidence names its own source" if replay_file else "this is no sdist by its name"
        raise UsageError(f"--sdist {sdist}: nothing can be rebuilt from it here", why)
    with verify_tools(options, settings) as tools:
        if replay_file:
            outcomes: tuple[Outcome, ...] = (_replayed(replay_file, tools),)
        elif what.endswith(SDIST_SUFFIXES):
            outcomes = _sdist_outcomes(what, tools)
        else:
            tasks, rest = _dist_tasks(what, sdist, tools)
            asked = [(t.name, t.version) for t in tasks] + [(o.name, o.version) for o in rest]
            outcomes = (*verify_tasks(tasks, tools), *rest, *from_repositories(asked, tools))
    outcomes = in_order(*outcomes)
    evidence = written_evidence(outcomes, options)
    tell(VerifyReport(outcomes=outcomes, evidence=evidence, accepted=accepted), options, settings)
    code = exit_code((o.verdict for o in outcomes), accepted=accepted)
    differs = replay_file and any(
        o.reason for o in outcomes if STANDINGS[o.verdict] is not Standing.INCONCLUSIVE
    )
    return int(ExitCode.worst(code, ExitCode.NO) if differs else code)


def _dist_tasks(what: str, sdist: str, tools: VerifyTools) -> tuple[list[Task], list[Outcome]]:
    from pinkit.workflows.verify_pins import choose_tasks

    local = _local(sdist) if sdist else None
    if "==" in what:
        name, _, version = (part.strip() for part in what.partition("=="))
        if not (name and version):
            raise UsageError(f"{what}: no release", hint="write it as NAME==VERSION")
        name = normalized_name(name)
        locked = list(tools.catalog.distributions(name, version))
    else:
        name, version = _release(what)
        locked = [_published(_local(what), name, version, tools)]
    if local:
        _check_release(sdist, name, version)
    published = [local] if local else list(tools.catalog.distributions(name, version))
    return choose_tasks(name, version, locked, published, tools)


def _release(path: str) -> tuple[str, str]:
    """(normalised name, version) by the filename of a wheel or sdist. UsageError for another name."""
    filename = Path(path).name
    name = project_name(filename)
    parsed = FilenameReader(name).parse(filename) if name else None
    if not name or parsed is None:
        raise UsageError(f"{path}: neither a wheel, an sdist nor NAME==VERSION")
    return name, parsed[0]


def _check_release(sdist: str, name: str, version: str) -> None:
    """UsageError for an sdist that says it is of another release: no wheel of this one can come of it."""
    from pinkit.formats.sdist_metadata import told_release

    told = None
    with Path(sdist).open("rb") as stream, suppress(IntegrityError, InvalidMetadata):  # the rebuild tells
        told = told_release(stream, Path(sdist).name)
    if told and (normalized_name(told[0]), _comparable(told[1])) != (name, _comparable(version)):
        what = f"--sdist {sdist}: this is no sdist of {name} {version}"
        hint = "give the sdist of the release whose wheel it shall prove"
        raise UsageError(what, f"it says that it is {told[0]} {told[1]}", hint)


def _comparable(version: str) -> object:
    return sort_key(version) or version


def _sdist_outcomes(what: str, tools: VerifyTools) -> tuple[Outcome, ...]:
    """A local sdist against the clone that --source names for its project."""
    name, version = _release(what)
    if name not in tools.repositories:
        why, hint = "an sdist is compared with the project's own repository", f"give --source {name}=PATH"
        raise UsageError(f"{what}: nothing to compare it with", why, hint)
    from pinkit.workflows.verify_source import release_of, verify_sources

    mine = _published(_local(what), name, version, tools)
    try:
        known = tools.catalog.distributions(name, version)
    except Unavailable:  # no index has the release: then no wheel tells how the sdist was made
        known = ()
    wheels = (d for d in known if d.filename.endswith(".whl"))
    return verify_sources([release_of(name, version, (mine, *wheels))], tools)


def _published(mine: Distribution, name: str, version: str, tools: VerifyTools) -> Distribution:
    """The local file with the upload time of its release, where the index knows exactly these bytes."""
    try:
        known = tools.catalog.distributions(name, version)
    except Unavailable as error:
        tools.progress.warn(f"{mine.filename}: its upload time is not known ({error.what})")
        return mine
    same = [d for d in known if set(mine.hashes) & set(d.hashes)]
    return replace(mine, upload_time=same[0].upload_time) if same else mine


def _local(path: str) -> Distribution:
    where = Path(path).resolve()
    try:
        with where.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            size = stream.tell()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read", str(error.strerror)) from error
    return Distribution(filename=where.name, url=where.as_uri(), hashes=(f"sha256:{digest}",), size=size)


def _replayed(path: str, tools: VerifyTools) -> Outcome:
    from pinkit.adapters.files import read_bytes
    from pinkit.cli.verify_wiring import with_resolver
    from pinkit.rebuild.statement import InvalidEvidence, replay
    from pinkit.workflows.replay import replayed

    try:
        told = replay(read_bytes(path))
    except InvalidEvidence as error:
        raise UsageError(f"{path}: this evidence cannot be replayed", str(error)) from error
    if told.plan.python not in tools.rebuilds.pythons:
        raise UsageError(f"{path}: Python {told.plan.python} is not here", hint="name one with --python PATH")
    clone = tools.repositories.get(told.name)
    return replayed(
        told,
        tools.catalog,
        tools.artifacts,
        lambda resolver: with_resolver(tools.rebuilds, resolver),
        clone.path if clone else None,
    )
