"""hashin's rewriting of requirements files: the block of one pin replaced, everything around it kept."""

from __future__ import annotations


def with_block(text: str, name: str, block: str) -> str:
    """`text` with the pin of `name` (as written) and its hashes replaced by `block`."""
    from hashin import amend_requirements_content  # type: ignore[import-untyped]

    return str(amend_requirements_content(text, [(name, name, block)]))
