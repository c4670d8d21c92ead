"""OpenVEX documents read as ignores: statements that an advisory does not apply (OpenVEX 0.2.0)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from pinkit.errors import UsageError
from pinkit.formats.audit_settings import JUSTIFICATIONS, exactly
from pinkit.formats.pep508 import normalized_name
from pinkit.model.audit import Ignore

if TYPE_CHECKING:
    from collections.abc import Iterator

_PURL = re.compile(r"pkg:/*pypi/+([^@?#/]+)(?:@([^?#]+))?", re.IGNORECASE)
_About = tuple[str, str, str]
"""(vulnerability, project, version) that a statement is about."""

_QUIET = ("not_affected", "fixed")


def openvex_ignores(content: bytes, file: str) -> tuple[Ignore, ...]:
    """One ignore for each statement, name of the vulnerability and PyPI product that is not affected (or fixed).

    A statement that names no PyPI product speaks of the whole application, hence of every pin. "affected" and
    "under_investigation" suppress nothing, and end every earlier statement about the vulnerability that speaks of
    the product, too. The last statement about a vulnerability and product counts; one without a time is as old as
    the document.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file}: not JSON", why=str(error)) from error
    statements = document.get("statements") if isinstance(document, dict) else None
    if not isinstance(statements, list) or "openvex" not in str(document.get("@context", "")):
        raise UsageError(
            f"{file}: no OpenVEX document", hint="it needs an @context of openvex.dev and statements"
        )
    found: dict[_About, Ignore] = {}
    since = str(document.get("timestamp", ""))
    for number, statement in enumerate(sorted(statements, key=lambda each: _issued(each, since)), 1):
        if not isinstance(statement, dict):
            raise UsageError(f"{file}: statement {number} is no object")
        for name in _names(statement.get("vulnerability")):
            for project, version in _products(statement):
                about = (name, project, version)
                ignore = _ignore(statement, *about, file, number)
                if ignore is not None:
                    found[about] = ignore
                else:
                    found = {known: each for known, each in found.items() if not _overlap(known, about)}
    return tuple(found.values())


def _issued(statement: object, otherwise: str) -> str:
    # Statements of one time keep their order: the sort is stable.
    return str(statement.get("timestamp") or otherwise) if isinstance(statement, dict) else otherwise


def _overlap(left: _About, right: _About) -> bool:
    """Whether some release is spoken of by both; "" stands for every project or version."""
    return left[0] == right[0] and all(a == b or not a or not b for a, b in zip(left, right, strict=True))


def _ignore(
    statement: dict[str, Any], name: str, project: str, version: str, file: str, number: int
) -> Ignore | None:
    status = statement.get("status")
    if status not in _QUIET:
        return None
    justification = statement.get("justification", "")
    impact = statement.get("impact_statement") or statement.get("status_notes") or ""
    if status == "not_affected" and justification not in JUSTIFICATIONS and not impact:
        raise UsageError(
            f"{file}: statement {number} says not_affected without saying why",
            hint=f"add a justification ({', '.join(JUSTIFICATIONS)}) or an impact_statement",
        )
    known = justification if justification in JUSTIFICATIONS else ""
    return Ignore(
        id=name,
        reason=str(impact) or known.replace("_", " ") or "fixed, says the VEX document",
        project=project,
        versions=exactly(version, f"{file}: statement {number}: the version"),
        file=file,
        justification=known
        or ("component_not_present" if status == "fixed" else "vulnerable_code_not_present"),
    )


def _names(vulnerability: object) -> Iterator[str]:
    if isinstance(vulnerability, str):
        yield vulnerability
    elif isinstance(vulnerability, dict):
        aliases = vulnerability.get("aliases")
        names = [vulnerability.get("name"), *(aliases if isinstance(aliases, list) else [])]
        yield from (name for name in names if isinstance(name, str) and name)


def _products(statement: dict[str, Any]) -> list[tuple[str, str]]:
    """(normalised project, version) of every PyPI purl; [("", "")] when the statement is about something else."""
    purls = [text for product in _listed(statement.get("products")) for text in _identifiers(product)]
    found = [match.groups() for text in purls if (match := _PURL.match(text))]
    return [(normalized_name(unquote(name)), unquote(version or "")) for name, version in found] or [("", "")]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _identifiers(product: object) -> Iterator[str]:
    """Every identifier of a product and of its subcomponents; these are what a statement is about."""
    if isinstance(product, str):
        yield product
    elif isinstance(product, dict):
        identifiers = product.get("identifiers")
        values = [product.get("@id"), *(identifiers.values() if isinstance(identifiers, dict) else ())]
        yield from (value for value in values if isinstance(value, str))
        for inner in _listed(product.get("subcomponents")):
            yield from _identifiers(inner)
