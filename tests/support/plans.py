"""A small upgrade plan to publish, and variations of it."""

from __future__ import annotations

import hashlib

from pinkit.model.upgrade import (
    PlannedChange,
    PlannedFile,
    Proof,
    Remediation,
    Signal,
    Unfixable,
    UpgradePlan,
)

BEFORE = "idna==3.6 --hash=sha256:" + "a" * 64 + "\n"
AFTER = "idna==3.7 --hash=sha256:" + "b" * 64 + "\n"


def sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


PLAN = UpgradePlan(
    mode="security",
    title="Upgrade idna to 3.7 (security)",
    branch="pinkit/security",
    base="main",
    summary="Closes one advisory in one lock.",
    cutoff="2026-01-02T00:00:00Z",
    command="pinkit upgrade --security --exclude-newer 2026-01-02",
    labels=("dependencies", "security"),
    changes=(
        PlannedChange(
            lock="requirements.txt",
            name="idna",
            before="3.6",
            after="3.7",
            because="3.6 is named by EX-2024-1; 3.7 is the lowest that none names",
            uploaded="2024-04-11T03:34:42Z",
            compare="https://forge.example/idna/compare/v3.6...v3.7",
        ),
    ),
    remediations=(
        Remediation(
            ids=("EX-2024-1", "CVE-2024-1"),
            name="idna",
            version="3.6",
            fixed_in="3.7",
            severity="medium",
            summary="encode() may take long",
            locks=("requirements.txt",),
        ),
    ),
    unfixable=(
        Unfixable(ids=("EX-2024-2",), name="ecdsa", version="0.19.0", why="no release is free of it"),
    ),
    proof=(Proof(check="solves", result="pass", detail="in 12 targets"),),
    signals=(Signal(kind="size", name="idna", version="3.7", detail="9 % larger"),),
    files=(PlannedFile(path="requirements.txt", before=sha256(BEFORE), content=AFTER),),
)
