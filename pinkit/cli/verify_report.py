"""How the report of `verify pins` and `verify dist` leaves, and the evidence beside it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.cli.settings import Settings
    from pinkit.cli.verify_options import VerifyOptions
    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.report import VerifyReport
    from pinkit.workflows.verify_pins import VerifyTools


def from_repositories(releases: Iterable[tuple[str, str]], tools: VerifyTools) -> tuple[Outcome, ...]:
    """Outcomes of the sdists whose projects have a --source."""
    if not tools.repositories:
        return ()
    from pinkit.workflows.verify_source import release_of, verify_sources

    found = []
    for release in dict.fromkeys(releases):
        if release[0] in tools.repositories:
            with suppress(Unavailable):  # the outcome of its pin says so
                found.append(release_of(*release, tools.catalog.distributions(*release)))
    return verify_sources(found, tools)


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

        sign(tuple(written.values()))
    return tuple(written.items())


def tell(report: VerifyReport, options: VerifyOptions, settings: Settings) -> None:
    """Write the report where it is wanted."""
    color = settings.console.color and not options.output
    tell_text(rendered(report, options.format, settings, color=color), options, settings)
    if options.output:
        settings.console.note(report.summary())


def tell_text(text: str, options: VerifyOptions, settings: Settings) -> None:
    """Write a report where it is wanted."""
    if options.output:
        from pinkit.adapters.files import write_atomically

        write_atomically(options.output, text.encode("utf-8", "replace"))
    else:
        settings.console.answer(text)


def rendered(report: VerifyReport, form: str, settings: Settings, *, color: bool = False) -> str:
    """The report in one of FORMATS."""
    from pinkit.cli.console import printable

    match form:
        case "json":
            from pinkit.render.rebuild_json import rebuild_json

            return rebuild_json(report)
        case "sarif" | "github":
            from pinkit.render.github import github_annotations
            from pinkit.render.rebuild_notices import rebuild_notices
            from pinkit.render.sarif import sarif

            found = rebuild_notices(report)
            return sarif(found) if form == "sarif" else printable(github_annotations(found))
        case "junit":
            from pinkit.render.rebuild_junit import rebuild_junit

            return rebuild_junit(report)
        case "markdown":
            from pinkit.render.rebuild_markdown import rebuild_markdown

            return rebuild_markdown(report)
        case _:
            from pinkit.render.rebuild_text import rebuild_text

            verbose = settings.console.verbosity > 0
            return rebuild_text(report, clean=printable, color=color, verbose=verbose)
