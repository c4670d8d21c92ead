"""Inputs widened for a fix that they forbid: the lines of its name in requirements files, as little as that takes."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from pinkit.formats.requirements_edit import requirement_lines, with_specifier
from pinkit.resolve.specifiers import contains

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinkit.workflows.upgrade_steps import Locks


def widened_inputs(locks: Locks, name: str, version: str) -> Mapping[str, tuple[bytes, bytes]]:
    """(as it is, widened) of every requirements file whose line of `name` leaves `version` out, by path.

    Only a lock's own inputs are looked at; what cannot be widened by its line alone is left as it is.
    """
    outputs = {settings.output for settings in locks.settings}
    paths = {path for settings in locks.settings for path in settings.inputs if path not in outputs}
    found: dict[str, tuple[bytes, bytes]] = {}
    for path in sorted(paths):
        if path == "-" or "://" in path or posixpath.splitext(path)[1] not in (".in", ".txt"):
            continue
        content = locks.tools.read(path)
        for each in requirement_lines(content, path).get(name, ()):
            wider = widened(each.specifier, version)
            if wider != each.specifier:
                found[path] = (content, with_specifier(content, path, name, wider))
    return {path: pair for path, pair in found.items() if pair[0] != pair[1]}


def widened(specifier: str, version: str) -> str:
    """`specifier` with each clause that leaves `version` out changed so that it takes it in, the others as they are.

    An upper bound rises to the next major release, "==" and "~=" go to the version. "!=" and lower bounds stay.
    """
    clauses = [clause.strip() for clause in specifier.split(",") if clause.strip()]
    return ",".join(clause if contains(clause, version) else _wider(clause, version) for clause in clauses)


def _wider(clause: str, version: str) -> str:
    operator = clause[:2] if clause[:2] in ("==", "~=", "<=") else clause[:1]
    bound = clause[len(operator) :].strip()
    if clause.startswith("===") or operator not in ("==", "~=", "<=", "<"):
        return clause
    if operator in ("<", "<="):
        major = int(version.partition("!")[2].partition(".")[0] or version.partition(".")[0])
        return "<" + ".".join([str(major + 1), *["0"] * bound.count(".")])
    if bound.endswith(".*"):
        parts = version.split(".")[: bound.count(".")]
        return f"=={'.'.join(parts)}.*"
    return f"{operator}{version}"
