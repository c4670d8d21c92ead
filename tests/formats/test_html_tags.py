"""Start tags as the standard library's parser finds them, but in linear time."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinkit.formats.html_tags import start_tags


class Reference(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in reversed(attrs)}))


def reference(document: str) -> list[tuple[str, dict[str, str]]]:
    parser = Reference()
    parser.feed(document)
    parser.close()
    return parser.found


def ours(document: str) -> list[tuple[str, dict[str, str]]]:
    return [(name, attributes) for name, attributes, _ in start_tags(document)]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param('<a href="x.whl">x</a>', id="plain"),
        pytest.param("<A HREF=x.whl>x</A>", id="capitals-and-no-quotes"),
        pytest.param(
            "<a href='x>y' data-yanked>it's</a><br/><a\nhref = \"z\" />", id="greater-than-in-quotes"
        ),
        pytest.param('<a href="?a=1&amp;b=2" title="&gt;=3.8&#60;4">x</a>', id="references"),
        pytest.param('<a href="one" href="two">x</a>', id="twice"),
        pytest.param('<!DOCTYPE html><?xml x?><html><!-- <a href="no"> --><a href="yes">', id="comment"),
        pytest.param('<script>"<a href=no>"</script><style><a></style><a href=yes>', id="raw-text"),
        pytest.param("1 < 2 <3 <> </> </1> <a href=x>", id="lone-brackets"),
        pytest.param("<a href=x", id="unfinished"),
        pytest.param("<!-- <a href=x>", id="unfinished-comment"),
        pytest.param("<a-b.c:d data-x=1/><p/><a href=/x/>", id="odd-names"),
    ],
)
def test_tags_are_those_of_the_standard_library(document: str) -> None:
    assert ours(document) == reference(document)


PIECES = [
    *(
        "<a href='x'>",
        '<a href="y" data-yanked="">',
        "</a>",
        "<br/>",
        "text",
        "&gt;",
        "<p>",
        "\n",
        "<!-- c -->",
    ),
    *("<meta name=a content='b'>", '<a href="z" data-requires-python="&gt;=3.8,<4">', "<base href='/q/'>"),
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_page_of_sound_pieces(document: str) -> None:
    assert ours(document) == reference(document)


def test_the_text_of_a_title() -> None:
    found = list(start_tags("<title lang=en>Links <b>for</b> demo</TITLE ><a>"))
    assert [(tag.name, tag.text) for tag in found] == [("title", "Links <b>for</b> demo"), ("a", "")]
    assert next(start_tags("<title>never ends")).text == "never ends"


HOSTILE = [
    "<!--",
    "<",
    "<![CDATA[",
    "<a ",
    "<a href='",
    '<a x="',
    "&#",
    "<?",
    "</",
    "<script>",
    "<title>",
    "<a/",
    "<a =",
    "</title",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_pages_take_linear_time(piece: str) -> None:
    def spent(times: int) -> float:
        document = "<title>" * ("title" in piece) + piece * times
        start = time.process_time()
        for _ in start_tags(document):
            pass
        return time.process_time() - start

    # Quadratic time would need minutes, on the quickest machine.
    assert spent(300_000) < 60
