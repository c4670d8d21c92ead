"""Options that `verify pins` and `verify dist` share, and how their report leaves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.model.rebuild import STANDINGS, Standing, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.cli.settings import Settings
    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.report import VerifyReport
    from pinkit.workflows.verify_pins import VerifyTools

FORMATS = ("text", "json", "sarif", "github", "junit", "markdown")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """The command line of `verify pins` and `verify dist`."""

    locks: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    changed_since: str = ""
    locked: bool = False
    ledger: bool = True
    jobs: int = 0
    evidence: str = ""
    sign: bool = False
    require_sandbox: bool = False
    allow_unsandboxed: bool = False
    accept: tuple[str, ...] = ()
    allow_inconclusive: bool = False
    pythons: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    timeout_s: float = 900.0
    format: str = "text"
    output: str = ""

    def accepted(self) -> frozenset[Verdict]:
        """Verdicts that policy lets pass. UsageError for one that never may."""
        named = {text.upper().replace("-", "_") for text in self.accept}
        if not named <= {Verdict.EQUIVALENT, Verdict.PARTIAL}:
            raise UsageError("--accept takes EQUIVALENT or PARTIAL", f"not {', '.join(sorted(named))}")
        found = {Verdict(text) for text in named}
        if self.allow_inconclusive:
            found |= {v for v, standing in STANDINGS.items() if standing is Standing.INCONCLUSIVE}
        return frozenset(found)

    def repositories(self) -> dict[str, Path]:
        """--source NAME=PATH by normalised name. UsageError for anything else."""
        from pinkit.formats.pep508 import normalized_name

        found = {}
        for text in self.sources:
            name, equals, path = text.partition("=")
            if not (name and equals and path):
                raise UsageError(f"--source {text}: no repository", hint="write it as NAME=PATH")
            found[normalized_name(name)] = Path(path)
        return found


def check_options(options: VerifyOptions) -> None:
    """UsageError for options that make no sense, before anything is built."""
    if options.format not in FORMATS:
        raise UsageError(f"--format {options.format}: unknown", hint=f"one of {', '.join(FORMATS)}")
    if options.sign and not options.evidence:
        raise UsageError("--sign has nothing to sign", hint="name a folder with --evidence DIR")
    options.accepted()
    options.repositories()


def from_repositories(
    releases: Iterable[tuple[str, str]], options: VerifyOptions, tools: VerifyTools
) -> tuple[Outcome, ...]:
    """Outcomes of the sdists whose projects have a --source."""
    places = options.repositories()
    if not places:
        return ()
    from pinkit.adapters.git_tree import GitTree
    from pinkit.workflows.verify_source import verify_sources

    clones = {name: GitTree(path=path) for name, path in places.items()}
    return verify_sources(releases, clones, tools.catalog.distributions, tools.artifacts)


def in_order(*outcomes: Outcome) -> tuple[Outcome, ...]:
    """By name, version and file."""
    return tuple(sorted(outcomes, key=lambda o: (o.name, o.version, o.file)))


def written_evidence(outcomes: tuple[Outcome, ...], options: VerifyOptions) -> tuple[tuple[str, str], ...]:
    """Write what --evidence asks for: published digest -> path."""
    if not options.evidence:
        return ()
    from pinkit.adapters.evidence_files import write_evidence

    written = write_evidence(outcomes, options.evidence)
    if options.sign:
        from pinkit.adapters.sigstore import sign

        for path in written.values():
            sign(path)
    return tuple(written.items())


def tell(report: VerifyReport, options: VerifyOptions, settings: Settings) -> None:
    """Write the report where it is wanted."""
    text = rendered(report, options.format, settings)
    if options.output:
        from pinkit.adapters.files import write_atomically

        write_atomically(options.output, text.encode("utf-8", "replace"))
        settings.console.note(report.summary())
    else:
        settings.console.answer(text)


def rendered(report: VerifyReport, form: str, settings: Settings) -> str:
    """The report in one of FORMATS."""
    match form:
        case "json":
            from pinkit.render.rebuild_json import rebuild_json

            return rebuild_json(report)
        case "sarif" | "github":
            from pinkit.render.github import github_annotations
            from pinkit.render.rebuild_notices import rebuild_notices
            from pinkit.render.sarif import sarif

            found = rebuild_notices(report)
            return sarif(found) if form == "sarif" else github_annotations(found)
        case "junit":
            from pinkit.render.rebuild_junit import rebuild_junit

            return rebuild_junit(report)
        case "markdown":
            from pinkit.render.rebuild_markdown import rebuild_markdown

            return rebuild_markdown(report)
        case _:
            from pinkit.cli.console import printable
            from pinkit.render.rebuild_text import rebuild_text

            verbose = settings.console.verbosity > 0
            plain = printable(rebuild_text(report, verbose=verbose))
            return rebuild_text(report, color=True, verbose=verbose) if settings.console.color else plain
