"""What `pinkit upgrade` does: start from current locks, move what is asked, prove, print, write."""

from __future__ import annotations

import os
import posixpath
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.cli.audit_sources import open_source
from pinkit.cli.console import printable
from pinkit.cli.lock_locks import settings_of_locks
from pinkit.cli.upgrade_look import look_of
from pinkit.cli.upgrade_request import check_request, command_of, mode_of, name_and_version, purpose_of
from pinkit.cli.wiring import lock_tools
from pinkit.cli.workplace import Workplace
from pinkit.errors import ExitCode, UsageError
from pinkit.formats.cutoff import cutoff_text, parse_cutoff
from pinkit.formats.dependabot_yml import FILES as BOT_FILES
from pinkit.formats.dependabot_yml import read_dependabot
from pinkit.formats.plan_json import plan_digest, plan_json
from pinkit.formats.settings import layered
from pinkit.upgrade.policy_table import read_policy
from pinkit.workflows.discovery import configuration
from pinkit.workflows.upgrade import Upgrade
from pinkit.workflows.upgrade_findings import audit_of
from pinkit.workflows.upgrade_plan import Asked, lock_before, lock_texts, upgrade_plan
from pinkit.workflows.upgrade_proof import proofs, worst
from pinkit.workflows.upgrade_steps import Locks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinkit.cli.console import Console
    from pinkit.cli.settings import Settings
    from pinkit.cli.upgrade_look import Look
    from pinkit.cli.upgrade_request import UpgradeOptions
    from pinkit.cli.upgrade_trial import Trial
    from pinkit.formats.dependabot_yml import BotSettings
    from pinkit.formats.settings import LockSettings
    from pinkit.model.audit import AuditReport
    from pinkit.model.upgrade import Mode, UpgradePlan
    from pinkit.workflows.lock import LockOutcome

_BODY_LIMIT = 1 << 20
_HOUR_S = 3_600
_COMMAND_LINE = "#    pinkit lock"


def run_upgrade(settings: Settings, options: UpgradeOptions) -> int:
    """The exit code of `pinkit upgrade`; nothing is written unless asked, and no lock without its proof."""
    mode = mode_of(options)
    workplace = Workplace(settings.config)
    found = configuration(workplace.found, workplace.config)
    top = _top(workplace.base)
    root = _root(workplace.base, top)
    locks = layered(_with_index(lock, options) for lock in settings_of_locks(found, (), workplace))
    bot = _bot(workplace, top, locks, settings)
    content = (workplace.found(found.file) if found.file else None) or b""
    policy = read_policy(found.table("upgrade"), found.file, options.cooldown, bot, content)
    check_request(options, locks, workplace)
    now = int(time.time()) // _HOUR_S * _HOUR_S
    cutoff = parse_cutoff(options.cutoff, now=now) if options.cutoff else now
    source, stale = open_source(
        settings, db=options.db, live=options.live, osv_url=options.osv_url, max_age=options.max_age
    )
    with lock_tools(settings, workplace, refresh=options.refresh) as (tools, wiring):
        upgrade = Upgrade(
            locks=Locks(
                settings=locks,
                tools=replace(tools, now=cutoff),
                stand_in=workplace.stand_in,
                command=_header_command(workplace),
                cooldown=policy.cooldown,
            ),
            policy=policy,
            source=source,
            stale=stale,
            today=cutoff_text(cutoff)[:10],
            top=top,
        )
        asked = Asked(
            mode=mode,
            purpose=purpose_of(options),
            top=top,
            command=command_of(options, mode, cutoff, root=root, config=settings.config),
            cutoff=cutoff,
        )
        trial = _trial(upgrade.locks, options, settings, root=root, top=top)
        look = look_of(upgrade.locks, wiring, settings, workplace, options)
        plan, answered = _planned(upgrade, options, asked, workplace, trial, look)
    _write(plan, options, workplace, settings.console)
    settings.console.answer(_rendered(plan, options.form, color=settings.console.color))
    return int(_exit_code(plan, answered=answered))


def _planned(
    upgrade: Upgrade,
    options: UpgradeOptions,
    asked: Asked,
    workplace: Workplace,
    trial: Trial,
    look: Look,
) -> tuple[UpgradePlan, bool]:
    if asked.mode == "fixup":
        from pinkit.cli.upgrade_fixup import planned_fixup

        return planned_fixup(upgrade, options.base, asked, workplace, trial, look), True
    locks = upgrade.locks
    locks.start()
    started = dict(locks.now)
    _refuse_stale(started)
    before = {path: lock_before(outcome) for path, outcome in started.items()}
    report = audit_of(before, upgrade.source, upgrade.stale, upgrade.today)
    _move(upgrade, options, asked.mode, report)
    proof = proofs(
        before,
        locks,
        waived=upgrade.waived,
        reaudit=lambda: upgrade.reaudit(report),
        edits=upgrade.edits,
    )
    proof += trial(before)
    fixing = asked.mode == "security" or any(upgrade.policy.group(name).fixes for name in options.groups)
    answered = not fixing or not report.unanswered
    texts = lock_texts(upgrade, {path: outcome.before for path, outcome in started.items()})
    return upgrade_plan(upgrade, before, asked, {**texts, **upgrade.edits}, proof, look(before)), answered


def _trial(locks: Locks, options: UpgradeOptions, settings: Settings, *, root: str, top: str) -> Trial:
    if not options.test:
        return lambda _: ()
    from pinkit.cli.upgrade_trial import trial_of

    return trial_of(locks, options, settings, root=root, top=top)


def _move(upgrade: Upgrade, options: UpgradeOptions, mode: Mode, report: AuditReport) -> None:
    if mode == "security" or options.security:
        upgrade.secure(report)
    for text in options.names:
        name, version = name_and_version(text)
        upgrade.name(name, version)
    for group in options.groups:
        upgrade.group(upgrade.policy.group(group), report)
    if options.everything:
        upgrade.everything()


def _refuse_stale(started: Mapping[str, LockOutcome]) -> None:
    for path, outcome in started.items():
        if outcome.changed:
            why = "its file is not there" if outcome.before is None else "locking it as it is would change it"
            raise UsageError(
                f"{path} is not current: {why}",
                hint="run `pinkit lock` first, so that a plan has only its changes",
            )


def _bot(
    workplace: Workplace, top: str, locks: Sequence[LockSettings], settings: Settings
) -> BotSettings | None:
    """What a dependabot.yml says for the folders of the configuration and of the locks and their inputs."""
    files = (path for lock in locks for path in (lock.output, *lock.inputs))
    folders = {posixpath.normpath(posixpath.join("/", top, posixpath.dirname(path))) for path in ("", *files)}
    for file in BOT_FILES:
        content = workplace.found("../" * top.count("/") + file)
        if content is not None:
            bot = read_dependabot(content, file, folders)
            for said in bot.unread:
                settings.console.warn(said)
            return bot
    return None


def _header_command(workplace: Workplace) -> Callable[[LockSettings], str]:
    """What the header of a lock says made it; upgrades leave that line as it is."""

    def of(lock: LockSettings) -> str:
        for line in (workplace.found(lock.output) or b"").decode("utf-8", "replace").splitlines()[:5]:
            if line.startswith(_COMMAND_LINE):
                return line.removeprefix("#").strip()
        return "pinkit lock"

    return of


def _with_index(lock: LockSettings, options: UpgradeOptions) -> LockSettings:
    return replace(
        lock,
        index_url=options.index_url or lock.index_url,
        extra_index_urls=(*lock.extra_index_urls, *options.extra_index_urls),
    )


def _top(base: str) -> str:
    """The folder of the configuration below the top of its repository, with "/" at its end; "" at the top."""
    folder = os.path.abspath(base or ".")
    above = folder
    while not os.path.exists(os.path.join(above, ".git")):
        parent = os.path.dirname(above)
        if parent == above:
            return ""
        above = parent
    inner = os.path.relpath(folder, above).replace(os.sep, "/")
    return "" if inner == "." else f"{inner}/"


def _root(base: str, top: str) -> str:
    """The top of the repository that `_top` found, else the folder of the configuration."""
    return os.path.normpath(os.path.join(os.path.abspath(base or "."), "../" * top.count("/")))


def _write(plan: UpgradePlan, options: UpgradeOptions, workplace: Workplace, console: Console) -> None:
    if options.plan:
        from pinkit.adapters.files import write_atomically

        write_atomically(options.plan, plan_json(plan).encode())
    short = [each.check for each in plan.proof if each.result != "pass"]
    if options.apply and short:
        console.warn(f"nothing is applied, since the proof does not hold: {', '.join(short)}")
    elif options.apply:
        top = _top(workplace.base)
        for file in plan.files:
            workplace.write(posixpath.relpath(file.path, top or "."), (file.content or "").encode())


def _rendered(plan: UpgradePlan, form: str, *, color: bool) -> str:
    if form == "json":
        return plan_json(plan)
    if form == "markdown":
        from pinkit.upgrade.proposal import proposal_body

        return proposal_body(plan, plan_digest(plan), _BODY_LIMIT)
    from pinkit.render.upgrade_report import upgrade_text

    return upgrade_text(plan, clean=printable, color=color)


def _exit_code(plan: UpgradePlan, *, answered: bool) -> ExitCode:
    result = worst(plan.proof)
    left = plan.unfixable if plan.mode != "fixup" else ()
    return ExitCode.worst(
        ExitCode.NO if left or result == "fail" else ExitCode.YES,
        ExitCode.YES if answered and result != "unknown" else ExitCode.UNAVAILABLE,
    )
