from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement as TheirInvalid
from packaging.requirements import Requirement as TheirRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from pinkit.formats.pep508 import (
    InvalidRequirement,
    canonical_specifier,
    is_name,
    parse_dependency,
    parse_requirement,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("foo", ("foo", (), "", "", ""), id="bare"),
        pytest.param("  Foo.Bar__baz ", ("foo-bar-baz", (), "", "", ""), id="normalised"),
        pytest.param("foo[ b_B ,a, a ]", ("foo", ("a", "b-b"), "", "", ""), id="extras-sorted-unique"),
        pytest.param("foo[]>=1", ("foo", (), ">=1", "", ""), id="no-extras"),
        pytest.param("foo >= 1.0 , < 2", ("foo", (), ">=1.0,<2", "", ""), id="specifier-spaces"),
        pytest.param("foo<2,>=1.0", ("foo", (), "<2,>=1.0", "", ""), id="clauses-keep-order"),
        pytest.param("foo>=1.0,", ("foo", (), ">=1.0", "", ""), id="trailing-comma"),
        pytest.param("foo (>=1.0)", ("foo", (), ">=1.0", "", ""), id="parentheses"),
        pytest.param("foo ()", ("foo", (), "", "", ""), id="empty-parentheses"),
        pytest.param("foo===1.x-weird", ("foo", (), "===1.x-weird", "", ""), id="identity"),
        pytest.param("foo==1!2.0.*", ("foo", (), "==1!2.0.*", "", ""), id="epoch-and-star"),
        pytest.param("foo==1.0+cu.11", ("foo", (), "==1.0+cu.11", "", ""), id="local"),
        pytest.param("foo@https://a.example/f.whl", ("foo", (), "", "https://a.example/f.whl", ""), id="url"),
        pytest.param(
            "foo[x] @ git+ssh://h/r.git@v1#egg=foo ; os.name=='nt'",
            ("foo", ("x",), "", "git+ssh://h/r.git@v1#egg=foo", 'os_name == "nt"'),
            id="url-and-marker",
        ),
        pytest.param(
            "foo;python_version<'3.9'", ("foo", (), "", "", 'python_version < "3.9"'), id="marker-tight"
        ),
        pytest.param(
            "foo~=1.2;extra=='Te_St'", ("foo", (), "~=1.2", "", 'extra == "te-st"'), id="extra-marker"
        ),
    ],
)
def test_parts(text, expected):
    assert parse_requirement(text) == expected


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        pytest.param("", 0, "empty", id="empty"),
        pytest.param("-foo", 0, "project name", id="no-name"),
        pytest.param("foo bar", 4, "version clause", id="two-names"),
        pytest.param("foo=1.0", 3, "exact versions use `==`", id="single-equal"),
        pytest.param("foo>=1,=2", 7, "exact versions use `==`", id="single-equal-later"),
        pytest.param("foo>=1.0.*", 3, "`.*`", id="star-with-order"),
        pytest.param("foo>=1, ~=2", 8, "two numbers", id="compatible-needs-two"),
        pytest.param("foo>=1.0+local", 3, "local version", id="local-with-order"),
        pytest.param("foo>=1 <2", 3, "comma", id="missing-comma"),
        pytest.param("foo>=1,,<2", 7, "between the commas", id="empty-clause"),
        pytest.param("foo==abc", 3, "'==abc' is no version clause", id="no-version"),
        pytest.param("foo[a", 3, "`]`", id="open-extras"),
        pytest.param("foo[a, b c]", 6, "'b c' is no extra name", id="extras-space"),
        pytest.param("foo @", 5, "URL after `@`", id="no-url"),
        pytest.param("foo @ u v", 7, "after the URL", id="two-urls"),
        pytest.param("foo (>=1", 4, "`)`", id="open-parenthesis"),
        pytest.param("foo; nope == '1'", 5, "marker variable", id="unknown-variable"),
        pytest.param("foo ; os_name", 13, "comparison", id="no-comparison"),
        pytest.param("foo ; os_name ==", 16, "marker variable or a quoted string", id="no-right-side"),
        pytest.param("foo ; (os_name == 'a'", 21, "closing parenthesis", id="open-marker"),
        pytest.param("foo ; os_name == 'a' 'b'", 21, "`and`, `or`", id="marker-trailer"),
        pytest.param("foo ;", 5, "marker variable", id="empty-marker"),
        pytest.param("foo ; " + "(" * 101, 106, "100 parentheses", id="nested-marker"),
    ],
)
def test_errors_say_where_and_why(text, column, reason):
    with pytest.raises(InvalidRequirement) as caught:
        parse_requirement(text)
    assert (caught.value.column, caught.value.text) == (column, text)
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        pytest.param("foo (>=1.0<2.0)", ">=1.0,<2.0", id="missing-comma"),
        pytest.param("foo >=1.0.*", ">=1.0", id="star"),
        pytest.param("foo (<2.*,>=1)", "<2,>=1", id="star-of-several"),
        pytest.param("foo !=~1.2", "!=1.2.*", id="not-compatible"),
        pytest.param("foo>=1.4.", ">=1.4", id="trailing-dot"),
        pytest.param("foo>='1.4'", ">=1.4", id="quotes"),
        pytest.param("foo>dev", ">0.0.0.dev0", id="dev"),
        pytest.param("foo>=1,,<2", ">=1,<2", id="two-commas"),
        pytest.param("foo==1.*", "==1.*", id="valid-untouched"),
        pytest.param("foo @ https://a.example/f.zip", "@ https://a.example/f.zip", id="url"),
    ],
)
def test_slips_of_published_metadata_are_repaired(text, specifier):
    assert parse_dependency(text) == ("foo", (), specifier, "")


@pytest.mark.parametrize("text", ["foo>=", "foo=1", "foo bar", "foo>=x", "foo>=1;nope", "", "foo[>=1.*"])
def test_what_cannot_be_repaired_is_an_error_of_the_original_text(text):
    with pytest.raises(InvalidRequirement) as caught:
        parse_dependency(text)
    assert caught.value.text == text


names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,6}[A-Za-z0-9])?", fullmatch=True)
spaces = st.sampled_from(["", " ", "  ", "\t"])
versions = st.sampled_from(
    ["1", "1.0", "2.3.4", "1!2.0", "1.0a1", "1.0.post2", "2.0.dev3", "v1.2", "1.0-RC.1"]
)
clauses = st.one_of(
    st.builds("".join, st.tuples(st.sampled_from([">=", "<=", "<", ">", "==", "!="]), spaces, versions)),
    st.sampled_from(["==1.*", "!= 2.0.*", "~=1.4", "==1.0+local.1", "===anything"]),
)
comparisons = st.builds(
    lambda left, op, value, quote, flip, gap: gap.join(
        (f"{quote}{value}{quote}", op, left) if flip else (left, op, f"{quote}{value}{quote}")
    ),
    st.sampled_from(
        ["python_version", "os.name", "sys_platform", "platform_machine", "extra", "python_implementation"]
    ),
    st.sampled_from(["==", "!=", "<", ">=", "in", "not in", "~="]),
    st.sampled_from(["3.9", "linux", "Some_Thing", "a b", ""]),
    st.sampled_from("'\""),
    st.booleans(),
    st.sampled_from([" ", "  "]),
)
markers = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or"]), inner),
        st.builds("({})".format, inner),
    ),
    max_leaves=6,
)


@st.composite
def requirement_lines(draw):
    name, extras = draw(names), draw(st.lists(names, max_size=3))
    line = (
        draw(spaces)
        + name
        + draw(spaces)
        + (f"[{draw(spaces).join(['', ','.join(extras), ''])}]" if extras else "")
    )
    if draw(st.booleans()):
        line += draw(spaces) + f",{draw(spaces)}".join(draw(st.lists(clauses, max_size=3)))
    else:
        line += f" @{draw(spaces)}https://files.example/x.whl "
    return line + (f";{draw(spaces)}{draw(markers)}{draw(spaces)}" if draw(st.booleans()) else "")


@given(requirement_lines())
@settings(max_examples=250, deadline=None)
def test_agrees_with_packaging(line):
    ours, theirs = parse_requirement(line), TheirRequirement(line)
    assert ours.name == canonicalize_name(theirs.name)
    assert ours.extras == tuple(sorted({canonicalize_name(extra) for extra in theirs.extras}))
    assert SpecifierSet(ours.specifier) == theirs.specifier
    assert ours.url == (theirs.url or "")
    assert ours.marker == str(theirs.marker or "")
    again = parse_requirement(f"{ours.name}{ours.specifier}" + (f" ; {ours.marker}" if ours.marker else ""))
    assert (again.specifier, again.marker) == (ours.specifier, ours.marker)


@given(st.text(alphabet="ab1.-_[](),;@ <>=!~'\"*+\t", max_size=24).map(lambda tail: "p" + tail))
@settings(max_examples=500, deadline=None)
def test_accepts_exactly_what_packaging_accepts(line):
    try:
        TheirRequirement(line)
    except TheirInvalid:
        with pytest.raises(InvalidRequirement):
            parse_requirement(line)
    else:
        parse_requirement(line)


def test_specifier_alone():
    assert canonical_specifier(" >= 3.9 ,<4") == ">=3.9,<4"
    with pytest.raises(InvalidRequirement, match=r"column 6"):
        canonical_specifier(">=3, nope")


@pytest.mark.parametrize(
    ("text", "valid"), [("a", True), ("a.b-C_1", True), ("-a", False), ("", False), ("a b", False)]
)
def test_names(text, valid):
    assert is_name(text) is valid


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" + " " * 200_000 + "!", id="spaces"),
        pytest.param("a" * 200_000 + "!", id="letters"),
        pytest.param("a" + "[" * 200_000, id="brackets"),
        pytest.param("a>=" + "1." * 100_000 + "x", id="numbers"),
    ],
)
def test_hostile_lines_end_quickly(text):
    start = time.process_time()
    with pytest.raises(InvalidRequirement):
        parse_dependency(text)
    # Quadratic time would need minutes, on the quickest machine.
    assert time.process_time() - start < 60


def test_imports_no_parser_library():
    code = (
        "import sys; before = set(sys.modules); import pinkit.formats.pep508; "
        "print(sorted({'packaging', 'dataclasses', 'inspect'} & (set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
