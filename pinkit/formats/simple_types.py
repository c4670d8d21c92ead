"""What asks for project pages and what refuses them, apart from the decoders: those take long to import."""

from __future__ import annotations

JSON_TYPE = "application/vnd.pypi.simple.v1+json"
HTML_TYPE = "application/vnd.pypi.simple.v1+html"
ACCEPT = f"{JSON_TYPE}, {HTML_TYPE};q=0.2, text/html;q=0.01"
"""What to ask an index for: JSON where it can, HTML where it cannot (PEP 691, "Content negotiation")."""


class InvalidPage(ValueError):
    """The answer is no project page of an index, or one that breaks the standard; the text says how."""
