"""The options of `verify pins` and `verify dist`: those that both have are declared here, once."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_type_hints

import typer

from pinkit.errors import UsageError
from pinkit.model.rebuild import STANDINGS, Standing, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("text", "json", "sarif", "github", "junit", "markdown")

_Jobs = Annotated[
    int, typer.Option("--jobs", "-j", min=0, metavar="N", help="Builds side by side (0: one a CPU).")
]
_WHERE = "Where builds run: threads, processes, or MODULE:NAME of what makes an executor."
_Executor = Annotated[str, typer.Option("--executor", metavar="WHERE", help=_WHERE)]
_Evidence = Annotated[
    str, typer.Option("--evidence", metavar="DIR", help="Write in-toto statements of every verdict here.")
]
_Sign = Annotated[
    bool, typer.Option("--sign", help="Sign the evidence with sigstore (needs its client and an identity).")
]
_Sandbox = Annotated[
    bool, typer.Option("--require-sandbox", help="Refuse when less than bubblewrap isolates the builds.")
]
_Unsandboxed = Annotated[
    bool, typer.Option("--allow-unsandboxed", help="Run third-party build code even where nothing isolates.")
]
_Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="VERDICT", help="EQUIVALENT or PARTIAL: let it pass with a warning."),
]
_Inconclusive = Annotated[
    bool,
    typer.Option("--allow-inconclusive", help="Let SKIPPED, NO_SOURCE and UNBUILDABLE pass, still shown."),
]
_Python = Annotated[
    list[str] | None, typer.Option("--python", metavar="PATH", help="A further interpreter to build with.")
]
_CLONE = "A local git clone: NAME's sdist is compared with it, and built from it."
_Source = Annotated[list[str] | None, typer.Option("--source", metavar="NAME=PATH", help=_CLONE)]
_Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="Wall time of one build.")]
_Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help=", ".join(FORMATS))]
_Output = Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Write the report here.")]


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
    executor: str = "threads"
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


def check_timeout(timeout_s: float) -> None:
    """UsageError for a --timeout that no build can keep."""
    if not timeout_s > 0:
        raise UsageError(f"--timeout {timeout_s:g}: no build ends in that", hint="give seconds")


def check_options(options: VerifyOptions) -> None:
    """UsageError for options that make no sense, before anything is built."""
    if options.format not in FORMATS:
        raise UsageError(f"--format {options.format}: unknown", hint=f"one of {', '.join(FORMATS)}")
    if options.sign and not options.evidence:
        raise UsageError("--sign has nothing to sign", hint="name a folder with --evidence DIR")
    if options.evidence and Path(options.evidence).is_file():
        raise UsageError(f"--evidence {options.evidence}: this is a file", hint="name a folder")
    check_timeout(options.timeout_s)
    options.accepted()
    options.repositories()


def with_shared_options(command: Callable[..., int]) -> Callable[..., int]:
    """`command` as Typer sees it: its parameter `options` stands for all that `shared` declares."""

    def run(**given: object) -> int:
        common = {name: given.pop(name) for name in inspect.signature(shared).parameters}
        return command(**given, options=shared(**common))  # type: ignore[arg-type]

    own = inspect.signature(command).parameters
    hints = {**get_type_hints(command, include_extras=True), **get_type_hints(shared, include_extras=True)}
    parameters = [
        *(p for p in own.values() if p.name != "options"),
        *inspect.signature(shared).parameters.values(),
    ]
    signature = inspect.Signature(
        [p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in parameters]
    )
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: hints[p.name] for p in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def shared(
    jobs: _Jobs = 0,
    executor: _Executor = "threads",
    evidence: _Evidence = "",
    sign: _Sign = False,
    require_sandbox: _Sandbox = False,
    allow_unsandboxed: _Unsandboxed = False,
    accept: _Accept = None,
    allow_inconclusive: _Inconclusive = False,
    python: _Python = None,
    source: _Source = None,
    timeout: _Timeout = 900.0,
    output_format: _Format = "text",
    output: _Output = "",
) -> VerifyOptions:
    """The options that both commands have."""
    return VerifyOptions(
        jobs=jobs,
        executor=executor,
        evidence=evidence,
        sign=sign,
        require_sandbox=require_sandbox,
        allow_unsandboxed=allow_unsandboxed,
        accept=tuple(accept or ()),
        allow_inconclusive=allow_inconclusive,
        pythons=tuple(python or ()),
        sources=tuple(source or ()),
        timeout_s=timeout,
        format=output_format,
        output=output,
    )
