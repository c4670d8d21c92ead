from __future__ import annotations

import pytest

from pinkit.errors import UsageError
from pinkit.formats import requirements_txt
from pinkit.formats.requirements_txt import InputOptions, read_requirements
from pinkit.model.requirement import Origin, Requirement

SHA = "0123456789abcdef" * 4


def read(files, environment=None, main="r.in", **options):
    def content(name):
        if name not in files:
            raise FileNotFoundError(2, "No such file or directory", name)
        return files[name].encode()

    return read_requirements(main, content, environment or {}, **options)


def one(line, environment=None):
    found = read({"r.in": line}, environment).requirements
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param(
            "Foo.Bar[B,a] >= 1, <2 ; os_name == 'nt' # c",
            'foo-bar[a,b]>=1,<2 ; os_name == "nt"',
            id="specifier",
        ),
        pytest.param(
            "foo @ https://h.example/f-1.zip#egg=x&subdirectory=s",
            "foo @ https://h.example/f-1.zip#subdirectory=s",
            id="named-url",
        ),
        pytest.param("foo @ ./pkg", "foo @ file:./pkg", id="named-path"),
        pytest.param(
            "foo@file:///srv/pkg ; os_name=='nt'",
            'foo @ file:///srv/pkg ; os_name == "nt"',
            id="named-file-url",
        ),
        pytest.param(
            "https://h.example/a;b/Foo_X-1.0-py3-none-any.whl ; os_name=='nt'",
            'foo-x @ https://h.example/a;b/Foo_X-1.0-py3-none-any.whl ; os_name == "nt"',
            id="wheel-url",
        ),
        pytest.param("https://h.example/f.zip", " @ https://h.example/f.zip", id="unnamed-url"),
        pytest.param(
            "git+https://h.example/r.git@v1#egg=Foo[x]&subdirectory=s",
            "foo[x] @ git+https://h.example/r.git@v1#subdirectory=s",
            id="vcs",
        ),
        pytest.param(
            "git+ssh://git@h.example/r.git#egg=foo", "foo @ git+ssh://git@h.example/r.git", id="vcs-ssh"
        ),
        pytest.param("./pkg", " @ file:./pkg", id="path"),
        pytest.param(".", " @ file:.", id="here"),
        pytest.param(".[a,b];os_name=='nt'", '[a,b] @ file:. ; os_name == "nt"', id="path-extras-marker"),
        pytest.param(
            "dist/foo_x-1.0-1-py3-none-any.whl[y]",
            "foo-x[y] @ file:dist/foo_x-1.0-1-py3-none-any.whl",
            id="wheel-path",
        ),
        pytest.param("foo-1.0.tar.gz", " @ file:foo-1.0.tar.gz", id="archive-name"),
        pytest.param(r"..\pkg", " @ file:../pkg", id="backslashes"),
        pytest.param("file:///srv/${P}/x.zip", " @ file:///srv/v/x.zip", id="variable"),
    ],
)
def test_requirement_lines(line, shown):
    assert str(one(line, {"P": "v"})) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param("-e .", " @ file:.", id="short"),
        pytest.param("--editable=./a[x]", "[x] @ file:./a", id="long"),
        pytest.param("-e pkg", " @ file:pkg", id="bare-folder"),
        pytest.param(
            "-e git+https://h.example/r@main#egg=foo", "foo @ git+https://h.example/r@main", id="vcs"
        ),
        pytest.param("-e file:///srv/p#egg=foo", "foo @ file:///srv/p", id="file-url"),
    ],
)
def test_editables(line, shown):
    found = one(line)
    assert (str(found), found.editable) == (shown, True)


def test_origins_name_file_line_and_annotation():
    files = {
        "in/r.in": "-r ../base.in\n\n-c sub/c.in\nfoo",
        "in/../base.in": "bar \\\n  >=1",
        "in/sub/c.in": "\nbaz<2\n-r d.in",
        "in/sub/d.in": "deep",
    }
    found = read(files, main="in/r.in")
    assert found.requirements == (
        Requirement(
            name="bar",
            specifier=">=1",
            origin=Origin(file="in/../base.in", line=1, via="-r in/../base.in", included_by="in/r.in"),
        ),
        Requirement(
            name="deep",
            origin=Origin(file="in/sub/d.in", line=1, via="-r in/sub/d.in", included_by="in/sub/c.in"),
        ),
        Requirement(name="foo", origin=Origin(file="in/r.in", line=4, via="-r in/r.in")),
    )
    assert found.constraints == (
        Requirement(
            name="baz",
            specifier="<2",
            origin=Origin(file="in/sub/c.in", line=2, via="-c in/sub/c.in", included_by="in/r.in"),
        ),
    )
    assert found.files == ("in/r.in", "in/../base.in", "in/sub/c.in", "in/sub/d.in")


def test_a_file_read_as_constraints():
    found = read({"c.in": "foo<2"}, main="c.in", constraint=True)
    assert [(str(item), item.origin.via) for item in found.constraints] == [("foo<2", "-c c.in")]
    assert not found.requirements


def test_remote_files_include_by_url():
    base = "https://h.example/a/r.in"
    found = read({base: "-r ../b.in", "https://h.example/b.in": "foo"}, main=base)
    assert found.requirements[0].origin.file == "https://h.example/b.in"
    found = read({"x/r.in": f"-c {base}", base: "foo"}, main="x/r.in")
    assert found.constraints[0].origin.file == base


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param(
            "-i https://a.example/\n--index-url=https://b.example/",
            {"index_url": "https://b.example/"},
            id="last-index-wins",
        ),
        pytest.param(
            "--extra-index-url a --extra-index-url b\n--extra-index-url a",
            {"extra_index_urls": ("a", "b")},
            id="extra",
        ),
        pytest.param(
            "--no-index\n-f links -f 'my links'\n--find-links=x",
            {"no_index": True, "find_links": ("links", "my links", "x")},
            id="find-links",
        ),
        pytest.param("-fx", {"find_links": ("x",)}, id="attached"),
        pytest.param(
            "--pre\n--prefer-binary\n--require-hashes",
            {"pre": True, "prefer_binary": True, "require_hashes": True},
            id="flags",
        ),
        pytest.param(
            "--trusted-host h --use-feature f",
            {"trusted_hosts": ("h",), "features": ("f",)},
            id="hosts-and-features",
        ),
        pytest.param(
            "--no-binary Foo_X,bar\n--only-binary bar",
            {"no_binary": ("foo-x",), "only_binary": ("bar",)},
            id="later-takes-over",
        ),
        pytest.param("--no-binary foo\n--only-binary :all:", {"only_binary": (":all:",)}, id="all-resets"),
        pytest.param("--no-binary foo\n--no-binary :none:", {}, id="none-empties"),
        pytest.param("--trusted h", {"trusted_hosts": ("h",)}, id="abbreviated"),
        pytest.param(
            "--index-url https://${USER_X}@h.example/", {"index_url": "https://u@h.example/"}, id="variable"
        ),
    ],
)
def test_options_of_the_file(text, options):
    assert read({"r.in": text}, {"USER_X": "u"}).options == InputOptions(**options)


def test_hashes_and_build_settings_belong_to_their_requirement():
    found = read(
        {"r.in": f"foo==1 --hash=sha256:{SHA} \\\n --hash sha256:{SHA.upper()} --config-settings a=b -C c=d"}
    )
    assert found.requirements[0].hashes == (f"sha256:{SHA}", f"sha256:{SHA}")
    assert [(item.name, option, value) for item, option, value in found.build_settings] == [
        ("foo", "--config-settings", "a=b"),
        ("foo", "--config-settings", "c=d"),
    ]


@pytest.mark.parametrize(
    ("files", "what", "why"),
    [
        pytest.param(
            {"r.in": "a\nfoo=1"},
            "r.in:2: not a requirement: `=` is no comparison",
            "foo=1\n   ^",
            id="requirement",
        ),
        pytest.param(
            {"r.in": "git+https://h/r#egg=-x"},
            "r.in:1: not a requirement: '-x' is no project name",
            "egg",
            id="egg",
        ),
        pytest.param(
            {"r.in": "./a ; nope"},
            "r.in:1: not a requirement: expected a marker variable",
            "./a ; nope\n      ^",
            id="marker",
        ),
        pytest.param(
            {"r.in": "./a[b c]"}, "r.in:1: not a requirement: 'b c' is no extra name", "[b c]", id="extras"
        ),
        pytest.param(
            {"r.in": "\n--nonsense"}, "r.in:2: unknown option --nonsense", "--nonsense", id="unknown-option"
        ),
        pytest.param({"r.in": "-z"}, "r.in:1: unknown option -z", "-z", id="unknown-short"),
        pytest.param({"r.in": "--pre=1"}, "r.in:1: --pre takes no value", "", id="flag-with-value"),
        pytest.param({"r.in": "-r"}, "r.in:1: --requirement needs a value", "", id="no-value"),
        pytest.param(
            {"r.in": "--no x"}, "r.in:1: --no could mean --no-binary or --no-index", "", id="ambiguous"
        ),
        pytest.param({"r.in": "foo --hash=x bar"}, "r.in:1: 'bar' belongs to no option", "", id="stray-word"),
        pytest.param({"r.in": "-f 'x"}, "r.in:1: the options cannot be split", "", id="open-quote"),
        pytest.param(
            {"r.in": "foo --pre"},
            "r.in:1: --pre cannot follow a requirement",
            "whole file",
            id="global-after-requirement",
        ),
        pytest.param(
            {"r.in": "foo -e ."}, "r.in:1: a requirement and -e on one line", "", id="two-requirements"
        ),
        pytest.param(
            {"r.in": "foo --hash=md5:abc"}, "r.in:1: not a usable hash: md5:abc", "sha256", id="weak-hash"
        ),
        pytest.param(
            {"r.in": "foo --hash=sha256:abc"}, "r.in:1: not a usable hash", "sha256", id="short-hash"
        ),
        pytest.param(
            {"r.in": f"a\n--hash=sha256:{SHA}"},
            "r.in:2: a hash without a requirement",
            "--hash",
            id="lone-hash",
        ),
        pytest.param(
            {"r.in": f"-e . --hash=sha256:{SHA}"},
            "r.in:1: an editable requirement cannot have hashes",
            ".",
            id="editable-hash",
        ),
        pytest.param({"r.in": "\n-r b.in"}, "r.in:2: cannot read b.in", "No such file", id="missing"),
        pytest.param({}, "cannot read r.in", "No such file", id="missing-first"),
        pytest.param({"r.in": "-r r.in"}, "r.in:1: r.in includes itself", "r.in -> r.in", id="self"),
        pytest.param(
            {"r.in": "-r ./a.in", "./a.in": "-r r.in"},
            "./a.in:1: ./r.in includes itself",
            "r.in -> ./a.in -> ./r.in",
            id="cycle",
        ),
    ],
)
def test_errors_name_file_line_and_cause(files, what, why):
    with pytest.raises(UsageError) as caught:
        read(files)
    assert caught.value.what.startswith(what)
    assert why in caught.value.why


def test_the_length_of_a_line_is_limited():
    with pytest.raises(UsageError, match=r"r\.in:2: a line of 65537 characters"):
        read({"r.in": "a\n" + "x" * 65_537})


def test_the_number_of_included_files_is_limited(monkeypatch):
    monkeypatch.setattr(requirements_txt, "MAX_FILES", 2)
    with pytest.raises(UsageError, match="too many included files"):
        read({"r.in": "-r a\n-r b", "a": "", "b": ""})
