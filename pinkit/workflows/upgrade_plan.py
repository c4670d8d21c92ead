"""The plan of an upgrade: its changes with reasons, the files themselves, and how it is named and proposed."""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from pinkit.formats.cutoff import cutoff_text
from pinkit.formats.pep440 import sort_key
from pinkit.model.change import changes_between
from pinkit.model.upgrade import HeldBack, PlannedChange, PlannedFile, UpgradePlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.model.change import Change
    from pinkit.model.lock import Lock
    from pinkit.model.upgrade import Mode, Proof, Signal
    from pinkit.workflows.lock import LockOutcome
    from pinkit.workflows.upgrade import Upgrade

    Texts: TypeAlias = Mapping[str, tuple[bytes | None, bytes]]

_LONGEST_BRANCH, _LONGEST_FOLDER = 80, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, as the plan tells it.

    `purpose` distinguishes plans of one mode (the names, the group; "" where the mode says all). `top` is the
    folder of the configuration below the top of the repository, "" or with a slash at its end. `command`
    makes the plan again. `cutoff` is the moment up to which releases count, seconds since the epoch.
    """

    mode: Mode
    purpose: str = ""
    top: str = ""
    command: str = ""
    cutoff: int = 0


def upgrade_plan(
    upgrade: Upgrade,
    before: Mapping[str, Lock],
    asked: Asked,
    texts: Texts,
    proof: tuple[Proof, ...],
    signals: tuple[Signal, ...] = (),
) -> UpgradePlan:
    """The plan that leads from the locks `before` to those of `upgrade`; the same for the same locks and question.

    `texts` are (what is there, what is to be there) of every file that may change, by path.
    """
    changes = planned_changes(upgrade, before)
    policy = upgrade.policy
    files = _files(texts, asked.top)
    title = _title(upgrade, changes, asked, files) + (f" in {asked.top.rstrip('/')}" if asked.top else "")
    return UpgradePlan(
        mode=asked.mode,
        title=title,
        branch=branch_name(policy.branch_prefix, asked.mode, asked.purpose, asked.top),
        base=policy.base,
        summary=_summary(upgrade, changes),
        cutoff=cutoff_text(asked.cutoff) if asked.cutoff else "",
        command=asked.command,
        message=policy.message.replace("{title}", title),
        labels=policy.labels,
        open_limit=policy.open_limit,
        changes=changes,
        remediations=(*upgrade.remediations, *upgrade.besides),
        unfixable=tuple(upgrade.unfixable),
        held=tuple(HeldBack(name=name, why=why) for name, why in sorted(upgrade.held.items())),
        proof=proof,
        signals=signals,
        files=files,
    )


def lock_before(outcome: LockOutcome) -> Lock:
    """The lock that the file on disk is; what was made where there is none."""
    return outcome.lock if outcome.previous is None else outcome.previous


def planned_changes(upgrade: Upgrade, before: Mapping[str, Lock]) -> tuple[PlannedChange, ...]:
    """Every difference of every lock in order of lock and name, each with its reason."""
    return tuple(
        _planned(path, change, upgrade, upgrade.locks.now[path])
        for path in upgrade.locks.now
        for change in changes_between(before[path], upgrade.locks.now[path].lock)
    )


def branch_name(prefix: str, mode: Mode, purpose: str, top: str = "") -> str:
    """The same name for every plan of one purpose; only letters, digits, "-" and "." of it are left.

    Projects in several folders of a repository have branches of their own: `top` is the folder.
    """
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", purpose).strip("-.")
    stem = {"named": plain, "group": f"group-{plain}"}.get(mode, mode)
    if len(stem) > _LONGEST_BRANCH or (purpose and plain != purpose):
        stem = (
            f"{stem[: _LONGEST_BRANCH - 9].rstrip('-.')}-{hashlib.sha256(purpose.encode()).hexdigest()[:8]}"
        )
    return prefix + _folder(top) + re.sub(r"\.lock$|\.(?=\.)", "", stem.lstrip("-"))


def _folder(top: str) -> str:
    """A level of branches for a folder; its "_" is in no other branch, which could not be beside it."""
    path = top.rstrip("/")
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", path).strip("-")[:_LONGEST_FOLDER]
    if plain != path:
        plain = f"{plain}-{hashlib.sha256(path.encode()).hexdigest()[:8]}".lstrip("-")
    return f"in_{plain}/" if path else ""


def _planned(path: str, change: Change, upgrade: Upgrade, after: LockOutcome) -> PlannedChange:
    return PlannedChange(
        lock=path,
        name=change.name,
        before=_versions(version for version, _ in change.before),
        after=_versions(version for version, _ in change.after),
        because=_because(change, upgrade.because, after.lock),
        kind=change.kind,
        uploaded=_uploaded(change.name, after),
    )


def _because(change: Change, known: Mapping[str, str], after: Lock) -> str:
    if change.name in known:
        return known[change.name]
    asking = dict.fromkeys(via for pin in after.pins if pin.name == change.name for via in pin.via)
    match change.kind:
        case "added":
            return f"needed by {', '.join(asking)}"
        case "removed":
            return "nothing needs it any more"
        case "hashes":
            return "the index has other files of this release"
        case "targets" | "moved":
            return f"follows from {', '.join(asking)}"


def _versions(versions: Iterable[str]) -> str:
    return ", ".join(sorted(set(versions), key=lambda version: (sort_key(version) or (), version)))


def _uploaded(name: str, after: LockOutcome) -> str:
    times: list[int] = []
    for pin in after.lock.pins:
        if pin.name == name and pin.source is None:
            files = after.catalog.distributions(name, pin.version)
            times += [f.upload_time or 0 for f in files if set(f.hashes) & set(pin.hashes)]
    return cutoff_text(max(times)) if times and all(times) else ""


def _title(
    upgrade: Upgrade, changes: tuple[PlannedChange, ...], asked: Asked, files: tuple[PlannedFile, ...]
) -> str:
    names = list(dict.fromkeys(change.name for change in changes if change.kind == "moved"))
    fixed = list(dict.fromkeys(remedy.name for remedy in upgrade.remediations))
    if asked.mode == "fixup":
        return "Repair the locks of this branch" if files else "Nothing to repair"
    if fixed:
        ids = [remedy.ids[0] for remedy in upgrade.remediations]
        closed = ids[0] if len(ids) == 1 else f"{len(ids)} advisories"
        return f"Upgrade {_few(fixed)} to fix {closed}"
    if not names:
        return "Nothing to upgrade" if not changes else "Bring the locks up to date"
    if len(names) == 1:
        moved = next(change for change in changes if change.name == names[0])
        return f"Upgrade {names[0]} from {moved.before} to {moved.after}"
    return f"Upgrade {asked.purpose} and what it needs" if asked.mode == "named" else f"Upgrade {_few(names)}"


def _few(names: list[str]) -> str:
    if len(names) <= 3:
        return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return f"{', '.join(names[:2])} and {len(names) - 2} more"


def _summary(upgrade: Upgrade, changes: tuple[PlannedChange, ...]) -> str:
    locks, names = {change.lock for change in changes}, {change.name for change in changes}
    moved = "1 project changes" if len(names) == 1 else f"{len(names)} projects change"
    said = [f"{moved} in {len(locks)} of {len(upgrade.locks.now)} locks."]
    if fixed := len(upgrade.remediations) + len(upgrade.besides):
        said.append("1 finding is fixed." if fixed == 1 else f"{fixed} findings are fixed.")
    if upgrade.unfixable:
        said.append(f"{len(upgrade.unfixable)} cannot be fixed, each with its reason.")
    return " ".join(said)


def lock_texts(upgrade: Upgrade, before: Mapping[str, bytes | None]) -> Texts:
    """Each lock's bytes `before` beside its new text."""
    return {path: (before[path], outcome.text.encode()) for path, outcome in upgrade.locks.now.items()}


def _files(texts: Texts, top: str) -> tuple[PlannedFile, ...]:
    files = []
    for path, (old, new) in texts.items():
        if old != new:
            digest = "" if old is None else f"sha256:{hashlib.sha256(old).hexdigest()}"
            whole = posixpath.normpath(posixpath.join(top, path))
            files.append(PlannedFile(path=whole, before=digest, content=new.decode()))
    return tuple(sorted(files, key=lambda file: file.path))
