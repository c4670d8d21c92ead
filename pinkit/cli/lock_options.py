"""The options of `pinkit lock`, one annotated type each; names and meanings follow pip-compile and uv."""

from __future__ import annotations

from typing import Annotated

import typer

_TARGETS = "Targets"
_WHAT = "Requirements"
_CHOICE = "Choice of versions"
_INDEX = "Indexes"
_OUTPUT = "Output"

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="INPUT", help="requirements.in/.txt, pyproject.toml or '-'; none: every configured lock."
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "-o",
        "--output-file",
        "--output",
        metavar="FILE",
        help="Write here (default: stdout).",
        rich_help_panel=_OUTPUT,
    ),
]
OutputFormat = Annotated[
    str,
    typer.Option(
        "--output-format",
        metavar="FORMAT",
        help="requirements.txt or pylock.toml (default: by name).",
        rich_help_panel=_OUTPUT,
    ),
]
PythonVersion = Annotated[
    str,
    typer.Option(
        "--python-version",
        metavar="X.Y[.Z]",
        help="Lock for this Python; with --universal the lowest.",
        rich_help_panel=_TARGETS,
    ),
]
PythonPlatform = Annotated[
    str,
    typer.Option(
        "--python-platform",
        metavar="PLATFORM",
        help="linux, macos, windows or ARCH-PLATFORM.",
        rich_help_panel=_TARGETS,
    ),
]
Universal = Annotated[
    bool,
    typer.Option(
        "--universal",
        help="Every supported platform and every Python from --python-version up.",
        rich_help_panel=_TARGETS,
    ),
]
Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="PLATFORM-pyXY",
        help="Exactly these targets (repeatable).",
        rich_help_panel=_TARGETS,
    ),
]
RequirementFiles = Annotated[
    list[str] | None,
    typer.Option("-r", "--requirement", metavar="FILE", help="One more input file.", rich_help_panel=_WHAT),
]
Constraints = Annotated[
    list[str] | None,
    typer.Option(
        "-c",
        "--constraint",
        metavar="FILE",
        help="Bound versions without adding them.",
        rich_help_panel=_WHAT,
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--override",
        metavar="FILE|REQ",
        help="Replace every requirement on these names.",
        rich_help_panel=_WHAT,
    ),
]
Excludes = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="FILE|NAME", help="Leave these names out wholly.", rich_help_panel=_WHAT
    ),
]
BuildConstraints = Annotated[
    list[str] | None,
    typer.Option(
        "-b",
        "--build-constraint",
        metavar="FILE",
        help="Bound what sdists are built with.",
        rich_help_panel=_WHAT,
    ),
]
Extras = Annotated[
    list[str] | None,
    typer.Option("--extra", metavar="NAME", help="Extra of a pyproject.toml input.", rich_help_panel=_WHAT),
]
AllExtras = Annotated[bool, typer.Option("--all-extras", help="All its extras.", rich_help_panel=_WHAT)]
Groups = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="NAME", help="Dependency group (PEP 735).", rich_help_panel=_WHAT),
]
AllGroups = Annotated[
    bool, typer.Option("--all-groups", help="All its dependency groups.", rich_help_panel=_WHAT)
]
StripExtras = Annotated[
    bool | None,
    typer.Option(
        "--strip-extras/--no-strip-extras",
        help="Leave extras off the pins (default: strip).",
        rich_help_panel=_WHAT,
    ),
]
Upgrade = Annotated[bool, typer.Option("-U", "--upgrade", help="Free every pin.", rich_help_panel=_CHOICE)]
UpgradePackages = Annotated[
    list[str] | None,
    typer.Option(
        "-P", "--upgrade-package", metavar="NAME[SPEC]", help="Free this pin.", rich_help_panel=_CHOICE
    ),
]
Prerelease = Annotated[
    str,
    typer.Option(
        "--prerelease",
        metavar="POLICY",
        help="disallow, allow, if-necessary, explicit or if-necessary-or-explicit (default).",
        rich_help_panel=_CHOICE,
    ),
]
Pre = Annotated[bool, typer.Option("--pre", help="The same as --prerelease allow.", rich_help_panel=_CHOICE)]
ResolutionMode = Annotated[
    str,
    typer.Option(
        "--resolution",
        metavar="MODE",
        help="highest (default), lowest or lowest-direct.",
        rich_help_panel=_CHOICE,
    ),
]
ForkStrategy = Annotated[
    str,
    typer.Option(
        "--fork-strategy",
        metavar="STRATEGY",
        help="requires-python (default): the best for each Python; fewest: one version if it can.",
        rich_help_panel=_CHOICE,
    ),
]
ExcludeNewer = Annotated[
    str,
    typer.Option(
        "--exclude-newer",
        metavar="DATE|DURATION",
        help="No file uploaded later: 2026-11-01, 7d.",
        rich_help_panel=_CHOICE,
    ),
]
ExcludeNewerPackage = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude-newer-package",
        metavar="NAME=DATE|DURATION|false",
        help="The same for one name.",
        rich_help_panel=_CHOICE,
    ),
]
OnlyBinary = Annotated[
    list[str] | None,
    typer.Option(
        "--only-binary",
        "--no-build-package",
        metavar="NAME|:all:",
        help="No sdists.",
        rich_help_panel=_CHOICE,
    ),
]
NoBinary = Annotated[
    list[str] | None,
    typer.Option("--no-binary", metavar="NAME|:all:", help="No wheels.", rich_help_panel=_CHOICE),
]
NoBuild = Annotated[
    bool, typer.Option("--no-build", help="The same as --only-binary :all:.", rich_help_panel=_CHOICE)
]
IndexUrl = Annotated[
    str,
    typer.Option(
        "-i",
        "--index-url",
        "--default-index",
        metavar="URL",
        help="The default index.",
        rich_help_panel=_INDEX,
    ),
]
ExtraIndexUrls = Annotated[
    list[str] | None,
    typer.Option(
        "--extra-index-url", metavar="URL", help="Asked before the default one.", rich_help_panel=_INDEX
    ),
]
Indexes = Annotated[
    list[str] | None,
    typer.Option("--index", metavar="NAME=URL", help="A named index, asked first.", rich_help_panel=_INDEX),
]
FindLinks = Annotated[
    list[str] | None,
    typer.Option(
        "-f", "--find-links", metavar="DIR|URL", help="Files beside the indexes.", rich_help_panel=_INDEX
    ),
]
NoIndex = Annotated[bool, typer.Option("--no-index", help="Only --find-links.", rich_help_panel=_INDEX)]
IndexStrategy = Annotated[
    str,
    typer.Option(
        "--index-strategy",
        metavar="STRATEGY",
        help="first-index (default) or unsafe-best-match.",
        rich_help_panel=_INDEX,
    ),
]
Annotate = Annotated[
    bool | None, typer.Option("--annotate/--no-annotate", help="'# via' comments.", rich_help_panel=_OUTPUT)
]
AnnotationStyle = Annotated[
    str,
    typer.Option(
        "--annotation-style", metavar="STYLE", help="split (default) or line.", rich_help_panel=_OUTPUT
    ),
]
Header = Annotated[
    bool | None, typer.Option("--header/--no-header", help="The comment on top.", rich_help_panel=_OUTPUT)
]
EmitIndexUrl = Annotated[
    bool,
    typer.Option("--emit-index-url", help="Write index lines, without credentials.", rich_help_panel=_OUTPUT),
]
NoEmitPackages = Annotated[
    list[str] | None,
    typer.Option("--no-emit-package", metavar="NAME", help="Leave this pin out.", rich_help_panel=_OUTPUT),
]
HashAlgorithm = Annotated[
    str,
    typer.Option("--hash-algorithm", metavar="NAME", help="sha256, the only one.", rich_help_panel=_OUTPUT),
]
GenerateHashes = Annotated[
    bool,
    typer.Option("--generate-hashes", help="Always on; accepted so that habits carry over.", hidden=True),
]
Check = Annotated[
    bool, typer.Option("--check", help="Write nothing; exit 1 and a diff when a lock would change.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Write nothing; print what would change.")]
Refresh = Annotated[
    bool,
    typer.Option("--refresh", help="Ask the index again, whatever the cache says.", rich_help_panel=_INDEX),
]
AllowUnsandboxed = Annotated[
    bool,
    typer.Option(
        "--allow-unsandboxed", help="Build metadata of others without a sandbox.", rich_help_panel=_CHOICE
    ),
]
Format = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="text (default) or json: what changed.")
]
