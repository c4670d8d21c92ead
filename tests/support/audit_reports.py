"""An audit report with one of everything, and text of others that would like to be markup."""

from __future__ import annotations

from pinkit.model.advisory import Advisory, DatabaseFacts, Severity
from pinkit.model.audit import AuditReport, Finding, Ignore, LockFile, Suppressed, Unanswered
from pinkit.model.lock import Lock, Pin

NASTY = 'a | b <b>x</b> %0A::error::\x1b[31mred\x1b[0m `code` [x](javascript:y) "q" ünï ::warning file=x::'
LOCK = LockFile(
    path="deps/req s.txt",
    lock=Lock(
        pins=(
            Pin(name="demo", version="1.0", line=3),
            Pin(name="evil", version="2", line=5),
            Pin(name="other", version="5!1.0+local", line=9),
            Pin(name="loose", version="", line=12),
        )
    ),
)
ADVISORY = Advisory(
    id="GHSA-aaaa-bbbb-cccc",
    modified="2026-03-04T05:06:07.123456789Z",
    published="2026-01-02T03:04:05Z",
    aliases=("CVE-2026-1",),
    summary=NASTY,
    details=f"# Details\n\n{NASTY}",
    severity=Severity.HIGH,
    score=7.5,
    vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    references=("https://example.org/advisory",),
    cwes=("CWE-79",),
)
SILENT = Advisory(id="PYSEC-2026-2", modified="")
MALWARE = Advisory(id="MAL-2026-3", modified="2026-01-01T00:00:00Z", summary="steals keys")

VULNERABLE = Finding(
    kind="vulnerable",
    name="demo",
    version="1.0",
    lock=LOCK.path,
    line=3,
    ids=("CVE-2026-1", "GHSA-aaaa-bbbb-cccc"),
    severity=Severity.HIGH,
    score=7.5,
    summary=NASTY,
    fixed_in=("1.1", "2.0"),
    via=("-r requirements.in", "parent", "demo"),
    direct="parent",
    advisories=(ADVISORY,),
)
MALICIOUS = Finding(
    kind="malicious",
    name="evil",
    version="2",
    lock=LOCK.path,
    line=5,
    ids=("MAL-2026-3",),
    severity=Severity.CRITICAL,
    summary="steals keys",
    via=("evil",),
    notes=("uncertain: an event was dropped",),
    advisories=(MALWARE,),
)
UNKNOWN = Finding(
    kind="vulnerable",
    name="other",
    version="5!1.0+local",
    lock=LOCK.path,
    line=9,
    ids=("PYSEC-2026-2",),
    severity=Severity.UNKNOWN,
    via=("other",),
    advisories=(SILENT,),
)
YANKED = Finding(
    kind="yanked",
    name="demo",
    version="1.0",
    lock=LOCK.path,
    line=3,
    ids=("yanked",),
    severity=Severity.LOW,
    summary="the release was yanked (PEP 592): broken",
)
UNUSED = Finding(
    kind="ignore-unused",
    name="",
    version="",
    lock="pyproject.toml",
    line=40,
    ids=("CVE-2020-9",),
    severity=Severity.LOW,
    summary="the ignore suppresses nothing, and has no end: because",
)
ACCEPTED = Ignore(id="PYSEC-2026-2", reason=NASTY, until="2027-01-01", file="pyproject.toml", line=30)
NOT_AFFECTED = Ignore(
    id="CVE-2026-1",
    reason="never called",
    justification="vulnerable_code_not_in_execute_path",
    file="vex.json",
)
FACTS = DatabaseFacts(
    source="https://mirror.example/PyPI/",
    records=3,
    newest="2026-03-04T05:06:07.123456789Z",
    digest="sha256:" + "ab" * 32,
    unreadable=1,
)
REPORT = AuditReport(
    database=FACTS,
    as_of="2026-03-04",
    locks=(LOCK.path,),
    pins=5,
    clean=0,
    findings=(VULNERABLE, MALICIOUS, YANKED, UNUSED),
    failing=(VULNERABLE, MALICIOUS, UNUSED),
    suppressed=(Suppressed(finding=UNKNOWN, ignore=ACCEPTED),),
    unanswered=(
        Unanswered(name="loose", version="", lock=LOCK.path, line=12, verdict="not audited", why=NASTY),
    ),
    internal=1,
    files=(LOCK,),
)
