"""Plain command lines read without Typer, whose import costs more than a warm lock; here those of `pinkit lock`.

Only what is beyond doubt is read here: known options in their usual spellings. Everything else (help, mistakes,
clustered flags, `--`) is left to Typer, which stays the one definition of the command line; a test holds the tables
below equal to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    Table = dict[str, tuple[str, str]]

GLOBAL: Table = {
    "--config": ("config", "value"),
    "--cache-dir": ("cache_dir", "value"),
    "--offline": ("offline", "yes"),
    "-q": ("quiet", "count"),
    "--quiet": ("quiet", "count"),
    "-v": ("verbose", "count"),
    "--verbose": ("verbose", "count"),
    "--no-color": ("no_color", "yes"),
    "--no-progress": ("no_progress", "yes"),
}
"""Options of `pinkit` itself, which may also stand behind the command."""

LOCK: Table = {
    "-o": ("output", "value"),
    "--output-file": ("output", "value"),
    "--output": ("output", "value"),
    "--output-format": ("output_format", "value"),
    "--python-version": ("python", "value"),
    "--python-platform": ("python_platform", "value"),
    "--universal": ("universal", "yes"),
    "--target": ("targets", "list"),
    "-r": ("requirement_files", "list"),
    "--requirement": ("requirement_files", "list"),
    "-c": ("constraints", "list"),
    "--constraint": ("constraints", "list"),
    "--override": ("overrides", "list"),
    "--exclude": ("excludes", "list"),
    "-b": ("build_constraints", "list"),
    "--build-constraint": ("build_constraints", "list"),
    "--extra": ("extras", "list"),
    "--all-extras": ("all_extras", "yes"),
    "--group": ("groups", "list"),
    "--all-groups": ("all_groups", "yes"),
    "--strip-extras": ("strip_extras", "yes"),
    "--no-strip-extras": ("strip_extras", "no"),
    "-U": ("upgrade", "yes"),
    "--upgrade": ("upgrade", "yes"),
    "-P": ("upgrade_packages", "list"),
    "--upgrade-package": ("upgrade_packages", "list"),
    "--prerelease": ("prerelease", "value"),
    "--pre": ("pre", "yes"),
    "--resolution": ("resolution", "value"),
    "--fork-strategy": ("fork_strategy", "value"),
    "--exclude-newer": ("exclude_newer", "value"),
    "--exclude-newer-package": ("exclude_newer_package", "list"),
    "--only-binary": ("only_binary", "list"),
    "--no-build-package": ("only_binary", "list"),
    "--no-binary": ("no_binary", "list"),
    "--no-build": ("no_build", "yes"),
    "--allow-unsandboxed": ("allow_unsandboxed", "yes"),
    "-i": ("index_url", "value"),
    "--index-url": ("index_url", "value"),
    "--default-index": ("index_url", "value"),
    "--extra-index-url": ("extra_index_urls", "list"),
    "--index": ("indexes", "list"),
    "-f": ("find_links", "list"),
    "--find-links": ("find_links", "list"),
    "--no-index": ("no_index", "yes"),
    "--index-strategy": ("index_strategy", "value"),
    "--refresh": ("refresh", "yes"),
    "--annotate": ("annotate", "yes"),
    "--no-annotate": ("annotate", "no"),
    "--annotation-style": ("annotation_style", "value"),
    "--header": ("header", "yes"),
    "--no-header": ("header", "no"),
    "--emit-index-url": ("emit_index_url", "yes"),
    "--no-emit-package": ("no_emit_package", "list"),
    "--hash-algorithm": ("hash_algorithm", "value"),
    "--generate-hashes": ("generate_hashes", "yes"),
    "--check": ("check", "yes"),
    "--dry-run": ("dry_run", "yes"),
    "-n": ("dry_run", "yes"),
    "--format": ("form", "value"),
}
_EMPTY: dict[str, Any] = {"value": "", "yes": False, "no": None, "list": None, "count": 0}
_OTHERWISE: dict[str, Any] = {"generate_hashes": True, "form": "text", "inputs": None}
_OTHERWISE |= dict.fromkeys(("strip_extras", "annotate", "header"))


def defaults(table: Table) -> dict[str, Any]:
    """What every parameter of `table` is when nothing is said."""
    return {name: _OTHERWISE.get(name, _EMPTY[kind]) for name, kind in table.values()}


def read_lock(arguments: list[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(global parameters, parameters of `lock`) as Typer would give them; None where Typer has to look."""
    found = read_plainly("lock", LOCK, arguments)
    if found is None:
        return None
    own, said, inputs = found
    return own, {**defaults(LOCK), "inputs": inputs or None, **said}


def read_plainly(
    command: str, table: Table, arguments: list[str]
) -> tuple[dict[str, Any], dict[str, Any], list[str]] | None:
    """(global parameters, what is said of those in `table`, names) of a command line; None where it is in doubt."""
    own: dict[str, Any] = defaults(GLOBAL)
    said: dict[str, Any] = {}
    names: list[str] = []
    before = True
    waiting = iter(arguments)
    for argument in waiting:
        if before and argument == command:
            before = False
        elif argument == "-" or not argument.startswith("-"):
            if before:
                return None
            names.append(argument)
        elif not (
            _option(argument, waiting, GLOBAL, own)
            or (not before and _option(argument, waiting, table, said))
        ):
            return None
    return None if before else (own, said, names)


def hoisted(arguments: list[str]) -> list[str]:
    """The arguments with options of `pinkit` itself moved before the command, where Typer expects them."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            return [*front, *rest, argument, *waiting]
        name = argument.partition("=")[0]
        if name not in GLOBAL:
            rest.append(argument)
            continue
        front.append(argument)
        if GLOBAL[name][1] == "value" and "=" not in argument:
            front += [value for value in [next(waiting, None)] if value is not None]
    return [*front, *rest]


def _option(argument: str, waiting: Iterator[str], table: Table, into: dict[str, Any]) -> bool:
    """Take one option of `table`; false for what it does not know, or not in this spelling."""
    name, equals, value = argument.partition("=")
    if not argument.startswith("--"):
        name, value = argument[:2], argument[2:]
        equals = "=" if value else ""
    if name not in table:
        return False
    parameter, kind = table[name]
    if kind in ("yes", "no", "count"):
        if equals:
            return False
        into[parameter] = into.get(parameter, 0) + 1 if kind == "count" else kind == "yes"
        return True
    if not equals:
        value = next(waiting, "-")
    if not value or value == "-" or (not equals and value.startswith("-")):
        return False
    into[parameter] = value if kind == "value" else [*into.get(parameter, ()), value]
    return True
