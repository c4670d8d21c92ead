"""Start tags of an HTML document in time linear to its length, as HTML's tokenizer finds them.

The standard library's parser takes quadratic time on hostile pages in Pythons that we support (before 3.11.13,
3.12.11 and 3.13.4), and an index page is hostile until proven otherwise.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKUP = re.compile(r"<(?:(?P<comment>!--)|(?P<bogus>[!?]|/(?![A-Za-z]))|(?P<tag>/?[A-Za-z]))")
_VALUE = r""""[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+"""
_PART = rf"[\s/]*+[^\s/>][^\s/>=]*+(?>(?:\s*+=\s*+(?>(?:{_VALUE})?))?)"
_TAG = re.compile(rf"<(/?[A-Za-z][^\s/>]*+)((?>(?:{_PART})*))[\s/]*+>")
_ATTRIBUTE = re.compile(rf"[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+({_VALUE})?)?")
_RAW = frozenset({"script", "style", "title", "textarea"})


class StartTag(NamedTuple):
    """A start tag in lower case; `text` is what stands in it where that is no markup (title, script, style)."""

    name: str
    attributes: dict[str, str]
    text: str = ""


def start_tags(document: str) -> Iterator[StartTag]:
    """The start tags in order, character references resolved, of attributes with one name the first.

    What follows a tag or comment that never ends is part of it, so nothing more comes.
    """
    position = 0
    while (markup := _MARKUP.search(document, position)) is not None:
        if markup["tag"] is None:
            end = "-->" if markup["comment"] else ">"
            # "<!-->" is a whole comment.
            position = document.find(end, markup.start() + 2)
            if position < 0:
                return
            position += len(end)
            continue
        tag = _TAG.match(document, markup.start())
        if tag is None:
            return
        position = tag.end()
        name = tag[1].lower()
        if name in _RAW:
            close = re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE | re.ASCII).search(document, position)
            end_of_text = close.start() if close else len(document)
            yield StartTag(name, _attributes(tag[2]), document[position:end_of_text])
            position = end_of_text
        elif not name.startswith("/"):
            yield StartTag(name, _attributes(tag[2]))


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(text):
        bare = value[1:-1] if value[:1] in {'"', "'"} and len(value) > 1 else value
        found.setdefault(name.lower(), unescape(bare) if "&" in bare else bare)
    return found
