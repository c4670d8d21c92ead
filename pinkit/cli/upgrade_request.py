"""What `pinkit upgrade` is asked for: its options, what of them makes no sense, and the command that asks again."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.cutoff import cutoff_text
from pinkit.formats.pep440 import sort_key
from pinkit.formats.pep508 import is_name, normalized_name
from pinkit.formats.urls import printable_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinkit.cli.workplace import Workplace
    from pinkit.formats.settings import LockSettings
    from pinkit.model.upgrade import Mode

FORMATS = ("text", "json", "markdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeOptions:
    """The options of `pinkit upgrade`."""

    names: tuple[str, ...] = ()
    security: bool = False
    everything: bool = False
    groups: tuple[str, ...] = ()
    fixup: bool = False
    base: str = ""
    plan: str = ""
    apply: bool = False
    test: str = ""
    test_locks: tuple[str, ...] = ()
    test_unsandboxed: bool = False
    verify: bool = False
    jobs: int | None = None
    timeout_s: float | None = None
    cooldown: str = ""
    cutoff: str = ""
    db: str = ""
    live: bool = False
    osv_url: str = ""
    max_age: str = ""
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    refresh: bool = False
    form: str = "text"


def mode_of(options: UpgradeOptions) -> Mode:
    """Which kind of plan is asked for. UsageError for two at once, or for an unknown format."""
    if options.form not in FORMATS:
        raise UsageError(f"unknown format {options.form!r}", hint=f"name one of {', '.join(FORMATS)}")
    kinds = [bool(options.names), bool(options.groups), options.everything, options.fixup]
    if sum(kinds) > 1:
        raise UsageError("names, --group, --all and --fixup exclude each other", hint="make a plan for each")
    if options.fixup:
        return "fixup"
    if options.everything:
        return "all"
    return "group" if options.groups else "named" if options.names else "security"


def check_request(options: UpgradeOptions, locks: Sequence[LockSettings], workplace: Workplace) -> None:
    """Refuse, before any index is asked, what would be passed over or would overwrite files of the project."""
    if options.base and not options.fixup:
        raise UsageError("--base is for --fixup", hint="plans are for the `base` of [tool.pinkit.upgrade]")
    if options.test_locks and not options.test:
        raise UsageError("--test-lock is for --test", hint="say with --test what to run")
    if options.test_unsandboxed and not options.test:
        raise UsageError("--test-unsandboxed is for --test", hint="say with --test what to run")
    if not options.verify and (options.jobs is not None or options.timeout_s is not None):
        raise UsageError("--jobs and --timeout are for --verify", hint="nothing else is built")
    if options.timeout_s is not None:
        from pinkit.cli.verify_options import check_timeout

        check_timeout(options.timeout_s)
    if options.test:
        _check_command(options.test, options.test_locks, [lock.output for lock in locks])
    if options.plan:
        files = {path for lock in locks for path in (lock.output, *lock.inputs, *lock.constraints)}
        taken = {os.path.realpath(workplace.path(path)) for path in (*files, "pyproject.toml", "pinkit.toml")}
        if os.path.realpath(options.plan) in taken:
            raise UsageError(f"--plan {options.plan} would overwrite a file of the project")


def _check_command(command: str, locks: Sequence[str], known: Iterable[str]) -> None:
    """UsageError where --test is no command in words, or `locks` are not all `known`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--test {command!r} cannot be read as a command", str(error)) from None
    if not words:
        raise UsageError("--test needs a command")
    strange = sorted(set(locks) - set(known))
    if strange:
        raise UsageError(f"--test-lock: no lock {strange[0]} here")


def name_and_version(text: str) -> tuple[str, str]:
    """NAME or NAME==VERSION in two; "" where no version is named."""
    name, equals, version = text.partition("==")
    if not is_name(name.strip()) or (equals and sort_key(version.strip()) is None):
        raise UsageError(f"{text!r} is no NAME or NAME==VERSION", hint="as in django or django==5.2.9")
    return normalized_name(name.strip()), version.strip()


def purpose_of(options: UpgradeOptions) -> str:
    """What distinguishes plans of one mode: the names, the groups."""
    named = sorted({name_and_version(text)[0] for text in options.names})
    return " ".join(named or sorted(options.groups))


def command_of(options: UpgradeOptions, mode: Mode, cutoff: int, *, root: str, config: str = "") -> str:
    """The command line that makes the plan again, for anybody with the repository: all that the plan depends on.

    Credentials are left out; words in capitals stand for files outside of `root`, the folder of the repository.
    """
    said = ["pinkit", *(["--config", _shown_path(config, "CONFIG", root)] if config else [])]
    said += ["upgrade", *options.names]
    said += [f"--group={group}" for group in options.groups]
    said += ["--all"] if options.everything else []
    said += ["--fixup"] if options.fixup else []
    said += ["--base", options.base] if options.base else []
    said += ["--security"] if mode == "security" or options.security else []
    said += ["--test", options.test] if options.test else []
    said += [f"--test-lock={lock}" for lock in options.test_locks]
    said += ["--test-unsandboxed"] if options.test_unsandboxed else []
    said += ["--verify"] if options.verify else []
    said += [f"--timeout={options.timeout_s:g}"] if options.timeout_s is not None else []
    said += ["--cooldown", options.cooldown] if options.cooldown else []
    said += _sources(options, root)
    return shlex.join([*said, "--cutoff", cutoff_text(cutoff)])


def _sources(options: UpgradeOptions, root: str) -> list[str]:
    """Where advisories and releases come from."""
    said = ["--db", _shown_path(options.db, "ADVISORIES", root)] if options.db else []
    said += ["--live"] if options.live else []
    said += ["--osv-url", printable_url(options.osv_url)] if options.osv_url else []
    said += ["--max-age", options.max_age] if options.max_age else []
    said += ["--index-url", _shown_place(options.index_url, root)] if options.index_url else []
    for url in options.extra_index_urls:
        said += ["--extra-index-url", _shown_place(url, root)]
    return said


def _shown_place(url: str, root: str) -> str:
    """A URL without its secrets; a path or a `file:` URL as a path."""
    scheme, _, path = url.partition("://")
    if scheme.lower() != "file" and path:
        return printable_url(url)
    return _shown_path(path.removeprefix("localhost") or url.removeprefix("file:"), "INDEX", root)


def _shown_path(path: str, placeholder: str, root: str) -> str:
    """A path relative to the working directory, with slashes; the placeholder for one that is not below `root`."""
    above = os.path.realpath(root)
    if os.path.commonpath([above, os.path.realpath(path)]) != above:
        return placeholder
    return os.path.relpath(path).replace(os.sep, "/")
