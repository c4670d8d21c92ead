"""`pinkit upgrade --fixup`: the files of a branch beside those it began with, repaired and proved."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from pinkit.adapters.git_base import branch_point
from pinkit.adapters.git_show import file_at
from pinkit.workflows.upgrade_branch import Branch, input_files
from pinkit.workflows.upgrade_findings import audit_of
from pinkit.workflows.upgrade_fixup import FixUp
from pinkit.workflows.upgrade_inputs import is_inside
from pinkit.workflows.upgrade_plan import lock_before, lock_texts, upgrade_plan
from pinkit.workflows.upgrade_proof import proofs

if TYPE_CHECKING:
    from pinkit.cli.upgrade_look import Look
    from pinkit.cli.upgrade_trial import Trial
    from pinkit.cli.workplace import Workplace
    from pinkit.model.upgrade import UpgradePlan
    from pinkit.workflows.upgrade import Upgrade
    from pinkit.workflows.upgrade_branch import BytesPair
    from pinkit.workflows.upgrade_plan import Asked


def planned_fixup(
    upgrade: Upgrade,
    base: str,
    asked: Asked,
    workplace: Workplace,
    trial: Trial,
    look: Look,
) -> UpgradePlan:
    """The plan that repairs the branch that is checked out, against where it parted from `base`."""
    locks = upgrade.locks
    point = branch_point(base or upgrade.policy.base or "origin/HEAD", workplace.base)

    def both(path: str) -> BytesPair:
        return file_at(point, workplace.path(path)), workplace.found(path)

    outputs = [posixpath.normpath(settings.output) for settings in locks.settings]
    asking = {path for settings in locks.settings for path in (*settings.inputs, *settings.constraints)}
    asked_by = input_files(asking, workplace.read, locks.tools.environment)
    branch = Branch(
        locks={settings.output: both(settings.output) for settings in locks.settings},
        inputs={
            path: both(path) for path in asked_by if path not in outputs and is_inside(path, upgrade.top)
        },
    )
    fixup = FixUp(upgrade=upgrade, branch=branch, stand_in=workplace.stand_in)
    fixup.begin()
    locks.start()
    before = {path: lock_before(outcome) for path, outcome in locks.now.items()}
    report = audit_of(before, upgrade.source, upgrade.stale, upgrade.today)
    fixup.run()
    proof = proofs(
        before,
        locks,
        waived=upgrade.waived,
        waiver="what the branch already had",
        reaudit=lambda: upgrade.reaudit(report),
    )
    proof += trial(before)
    texts = lock_texts(upgrade, {path: head for path, (_, head) in branch.locks.items()})
    inputs = {path: (branch.inputs[path][1], content) for path, content in fixup.inputs().items()}
    return upgrade_plan(upgrade, before, asked, {**texts, **inputs}, proof, look(before))
