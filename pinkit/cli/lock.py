"""`pinkit lock`: the command, its options, what it prints and writes."""

from __future__ import annotations

import typer

from pinkit.cli import lock_options as o
from pinkit.cli.typer_app import command_app

app = command_app()

EXAMPLES = """Resolve requirements into fully hashed locks, for every target environment at once.

Examples:

  pinkit lock                                     every configured lock, in layer order

  pinkit lock requirements.in -o requirements.txt

  pinkit lock pyproject.toml --universal -o pylock.toml

  pinkit lock requirements.in -o requirements.txt -P django -P 'urllib3>=2.5'

  pinkit lock --check                             exit 1 and a diff when a lock would change

Exit codes: 0 locked, or nothing to do; 1 --check found a change; 3 no answer; 4 the index did not answer; 5 a hash of
the old lock is of no file of its release.
"""


@app.command(help=EXAMPLES)
def lock(
    ctx: typer.Context,
    inputs: o.Inputs = None,
    output: o.Output = "",
    output_format: o.OutputFormat = "",
    python: o.PythonVersion = "",
    python_platform: o.PythonPlatform = "",
    universal: o.Universal = False,
    targets: o.Targets = None,
    requirement_files: o.RequirementFiles = None,
    constraints: o.Constraints = None,
    overrides: o.Overrides = None,
    excludes: o.Excludes = None,
    build_constraints: o.BuildConstraints = None,
    extras: o.Extras = None,
    all_extras: o.AllExtras = False,
    groups: o.Groups = None,
    all_groups: o.AllGroups = False,
    strip_extras: o.StripExtras = None,
    upgrade: o.Upgrade = False,
    upgrade_packages: o.UpgradePackages = None,
    prerelease: o.Prerelease = "",
    pre: o.Pre = False,
    resolution: o.ResolutionMode = "",
    fork_strategy: o.ForkStrategy = "",
    exclude_newer: o.ExcludeNewer = "",
    exclude_newer_package: o.ExcludeNewerPackage = None,
    only_binary: o.OnlyBinary = None,
    no_binary: o.NoBinary = None,
    no_build: o.NoBuild = False,
    allow_unsandboxed: o.AllowUnsandboxed = False,
    index_url: o.IndexUrl = "",
    extra_index_urls: o.ExtraIndexUrls = None,
    indexes: o.Indexes = None,
    find_links: o.FindLinks = None,
    no_index: o.NoIndex = False,
    index_strategy: o.IndexStrategy = "",
    refresh: o.Refresh = False,
    annotate: o.Annotate = None,
    annotation_style: o.AnnotationStyle = "",
    header: o.Header = None,
    emit_index_url: o.EmitIndexUrl = False,
    no_emit_package: o.NoEmitPackages = None,
    hash_algorithm: o.HashAlgorithm = "",
    generate_hashes: o.GenerateHashes = True,
    check: o.Check = False,
    dry_run: o.DryRun = False,
    form: o.Format = "text",
) -> None:
    """Hand the options to the run; the exit code is 1 when `--check` finds a lock that would change."""
    from pinkit.cli.lock_run import run_lock

    raise typer.Exit(run_lock(ctx.obj, ctx.params))
