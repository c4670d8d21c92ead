from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pinkit.cli import app as frame
from pinkit.cli.commands import COMMANDS
from pinkit.errors import UsageError
from pinkit.formats.lock_edges import children, roots, with_annotations, with_edges
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.pylock_reader import read_pylock
from pinkit.model.distribution import Distribution
from pinkit.model.lock import ArchiveSource, DirectorySource, Edge, Lock, Pin, VcsSource
from pinkit.render.export_cyclonedx import export_cyclonedx
from pinkit.render.export_spdx import export_spdx
from pinkit.render.purl import purl_of
from pinkit.workflows.export import export_pylock, export_requirements, moment, needs_index, read_lock

A, B, C = ("sha256:" + letter * 64 for letter in "abc")
COMMIT = "0123456789abcdef0123456789abcdef01234567"
TEXT = f"""\
# head
alpha==1.0 ; os_name == 'nt' \\
    --hash={B} \\
    --hash={A}
    # via -r r.in
alpha==2.0 ; os_name != 'nt' \\
    --hash={C}
    # via -r r.in
beta==1.0 \\
    --hash={C}
    # via alpha
"""


class Files:
    """An index that only knows files."""

    def __init__(self, *files):
        self._files = files

    def proved(self, name, version):
        return tuple(item for item in self._files if item.filename.startswith(f"{name}-{version}"))


def file(filename, digest, **facts):
    return Distribution(filename=filename, url=f"https://f.example/{filename}", hashes=(digest,), **facts)


INDEX = Files(
    file("alpha-1.0-py3-none-any.whl", A, requires_python=">=3.8", upload_time=50),
    file("alpha-1.0.tar.gz", B, requires_python=">=3.8", upload_time=60),
    file("alpha-1.0-late.zip", "sha256:" + "d" * 64),
    file("alpha-2.0.tar.gz", C),
    file("beta-1.0.tar.gz", C, requires_python=">=3.8"),
    file("beta-1.0-py3-none-any.whl", C, requires_python=">=3.9"),
)


def lock_of(text=TEXT):
    return read_lock_text(text.encode(), "r.txt").lock


def detailed():
    return read_pylock(export_pylock(lock_of(), "r.txt", INDEX).encode(), "pylock.toml")


def test_pylock_has_exactly_the_files_of_the_lock():
    alpha, second, beta = detailed().pins
    assert [item.filename for item in alpha.distributions] == [
        "alpha-1.0.tar.gz",
        "alpha-1.0-py3-none-any.whl",
    ]
    assert (alpha.requires_python, beta.requires_python) == (">=3.8", "")
    assert alpha.dependencies == second.dependencies == (Edge(name="beta"),)
    assert (alpha.via, beta.via) == (("-r r.in",), ())


def test_there_and_back_again():
    text = export_requirements(detailed(), "pylock.toml")
    body = TEXT.replace(f"--hash={B} \\\n    --hash={A}", f"--hash={A} \\\n    --hash={B}").split("\n", 1)[1]
    assert text == "# This file is exported by pinkit from pylock.toml\n" + body
    assert export_requirements(lock_of(), "r.txt").split("\n", 1)[1] == body


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        pytest.param(
            TEXT.replace("a" * 64, "e" * 64),
            "r.txt:4: alpha 1.0 has a hash of no file that the index has",
            "pinkit check r.txt",
            id="forged",
        ),
        pytest.param("alpha==1.0\n", "r.txt:1: alpha 1.0 has no hash", "pinkit hash", id="no-hash"),
    ],
)
def test_a_hash_of_no_file_is_an_error_with_its_line(text, said, hint):
    with pytest.raises(UsageError) as caught:
        export_pylock(lock_of(text), "r.txt", INDEX)
    assert caught.value.what == said
    assert hint in caught.value.hint


def test_requirements_need_hashes():
    with pytest.raises(UsageError, match=r"a 1\.0 has no hash"):
        export_requirements(lock_of("a==1.0\n"), "r.txt")


def test_sources_need_no_index():
    lock = lock_of(f"a @ git+https://h.test/r@{COMMIT}\n-e ./x\n")
    assert not needs_index(lock)
    assert needs_index(lock_of())
    assert "vcs" in export_pylock(replace(lock, pins=lock.pins[:1]), "r.txt", None)
    assert export_requirements(lock, "r.txt").endswith(f"a @ git+https://h.test/r@{COMMIT}\n-e ./x\n")


@pytest.mark.parametrize(
    ("content", "file", "message"),
    [
        ("a>=1", "r.txt", r"r\.txt:1: a is not pinned"),
        ("a==1\n-r b.txt", "r.txt", r"r\.txt:2: -r b\.txt includes"),
        ("x = 1", "pylock.toml", "not a valid pylock"),
    ],
)
def test_only_whole_locks_are_exported(content, file, message):
    with pytest.raises(UsageError, match=message):
        read_lock(content.encode(), file)


def sbom(lock, created=0):
    text = export_cyclonedx(lock, "r.txt", created)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    return json.loads(text)


ODD = Lock(
    pins=(
        Pin(name="v", version="", source=VcsSource(kind="git", url="https://h.test/r", commit=COMMIT)),
        Pin(name="d", version="", source=DirectorySource(path="./d")),
        Pin(
            name="u",
            version="1+cu 1",
            source=ArchiveSource(url="https://h.test/u.zip"),
            hashes=(A, "odd:ff"),
        ),
        Pin(name="p", version="1", source=ArchiveSource(path="p.zip"), hashes=(A, B)),
        Pin(name="w", version="1", hashes=(A,)),
        Pin(
            name="l",
            version="1",
            distributions=(Distribution(filename="l-1.zip", url="l-1.zip", hashes=(A, "odd:ff")),),
        ),
    )
)


def test_cyclonedx_has_components_files_and_edges():
    bom = sbom(detailed(), created=60)
    assert [item["bom-ref"] for item in bom["components"]] == [
        "pkg:pypi/alpha@1.0#os_name == 'nt'",
        "pkg:pypi/alpha@2.0#os_name != 'nt'",
        "pkg:pypi/beta@1.0",
    ]
    alpha = bom["components"][0]
    assert {(ref["comment"], ref["hashes"][0]["content"]) for ref in alpha["externalReferences"]} == {
        ("alpha-1.0-py3-none-any.whl", "a" * 64),
        ("alpha-1.0.tar.gz", "b" * 64),
    }
    edges = {item["ref"]: item.get("dependsOn", []) for item in bom["dependencies"]}
    assert edges["lock"] == [item["bom-ref"] for item in bom["components"][:2]]
    assert edges["pkg:pypi/alpha@2.0#os_name != 'nt'"] == ["pkg:pypi/beta@1.0"]
    assert bom["metadata"]["timestamp"] == "1970-01-01T00:01:00+00:00"


def test_cyclonedx_of_hashes_alone_and_of_sources():
    bom = sbom(lock_of())
    assert {"name": "pinkit:hash", "value": A} in bom["components"][0]["properties"]
    assert len(sbom(ODD)["components"]) == 6


def spdx(lock, tmp_path):
    path = tmp_path / "lock.spdx.json"
    path.write_text(export_spdx(lock, "r.txt", 60))
    reason = "spdx-tools judges SPDX documents"
    reader = pytest.importorskip("spdx_tools.spdx.parser.parse_anything", reason=reason)
    judge = pytest.importorskip("spdx_tools.spdx.validation.document_validator", reason=reason)
    assert judge.validate_full_spdx_document(reader.parse_file(str(path))) == []
    return json.loads(path.read_text())


def test_spdx_has_packages_and_edges(tmp_path):
    document = spdx(detailed(), tmp_path)
    assert [(item["SPDXID"], item.get("versionInfo")) for item in document["packages"]] == [
        ("SPDXRef-Package-alpha-1.0", "1.0"),
        ("SPDXRef-Package-alpha-2.0", "2.0"),
        ("SPDXRef-Package-beta-1.0", "1.0"),
    ]
    alpha, second, _ = document["packages"]
    assert alpha["comment"] == f"for: os_name == 'nt'\nhashes of its files:\n{B}\n{A}"
    assert second["checksums"] == [{"algorithm": "SHA256", "checksumValue": "c" * 64}]
    assert second["downloadLocation"] == "https://f.example/alpha-2.0.tar.gz"
    kinds = [(item["spdxElementId"], item["relationshipType"]) for item in document["relationships"]]
    assert kinds.count(("SPDXRef-DOCUMENT", "DESCRIBES")) == 2
    assert ("SPDXRef-Package-alpha-2.0", "DEPENDS_ON") in kinds


def test_spdx_of_sources_and_of_one_release_twice(tmp_path):
    twice = replace(ODD, pins=(*ODD.pins, ODD.pins[4]))
    document = spdx(twice, tmp_path)
    places = {item["name"]: item["downloadLocation"] for item in document["packages"]}
    assert places["v"] == f"git+https://h.test/r@{COMMIT}"
    assert places["u"] == "https://h.test/u.zip"
    assert {places[name] for name in "dpwl"} == {"NOASSERTION"}
    assert [item["SPDXID"] for item in document["packages"]][-1] == "SPDXRef-Package-w-1-2"


def test_boms_are_the_same_each_time():
    assert export_cyclonedx(detailed(), "r.txt", 0) == export_cyclonedx(detailed(), "r.txt", 0)
    assert export_spdx(detailed(), "r.txt", 0) == export_spdx(detailed(), "r.txt", 0)


@pytest.mark.parametrize(
    ("pin", "purl"),
    [
        (Pin(name="a", version="1!2.0+x"), "pkg:pypi/a@1!2.0%2Bx"),
        (ODD.pins[0], f"pkg:pypi/v?vcs_url=git%2Bhttps://h.test/r%40{COMMIT}"),
        (ODD.pins[1], "pkg:pypi/d"),
        (ODD.pins[3], "pkg:pypi/p@1"),
    ],
)
def test_purls(pin, purl):
    assert purl_of(pin) == purl


def test_edges_and_annotations_of_a_lock():
    lock = with_edges(lock_of())
    assert with_edges(lock) is lock
    assert children(lock, lock.pins[0]) == (lock.pins[2],)
    assert [pin.version for pin in roots(lock)] == ["1.0", "2.0"]
    bare = Lock(
        pins=(
            Pin(name="a", version="1", dependencies=(Edge(name="b"), Edge(name="a"))),
            Pin(name="b", version="1"),
        )
    )
    assert roots(bare) == bare.pins[:1]
    assert with_annotations(bare).pins[1].via == ("a",)


def test_the_time_of_a_lock():
    assert moment(detailed()) == 60
    assert moment(replace(detailed(), cutoff=7)) == 7
    assert moment(lock_of()) == 0


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setitem(COMMANDS, "export", "pinkit.cli.export")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    (tmp_path / "r.txt").write_text(TEXT)
    (tmp_path / "pylock.toml").write_text(export_pylock(lock_of(), "r.txt", INDEX))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (
            ["pylock.toml", "--to", "requirements"],
            "# This file is exported by pinkit from pylock.toml\nalpha",
        ),
        (
            ["pylock.toml", "--to", "pylock"],
            "# This file is exported by pinkit from pylock.toml\nlock-version",
        ),
        (["r.txt", "--to", "spdx"], '{\n  "spdxVersion": "SPDX-2.3"'),
        (["r.txt", "--to", "cyclonedx"], "{\n"),
    ],
)
def test_the_command(files, arguments, start, capsys):
    assert frame.run(["export", *arguments]) == 0
    assert capsys.readouterr().out.startswith(start)


def test_the_command_writes_and_takes_the_time_it_is_told(files, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "60")
    assert frame.run(["export", str(files / "r.txt"), "--to", "spdx", "-o", "x.json"]) == 0
    document = json.loads((files / "x.json").read_text())
    assert (document["name"], document["creationInfo"]["created"]) == ("r.txt", "1970-01-01T00:01:00Z")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert frame.run(["export", "r.txt", "--to", "spdx"]) == 2


@pytest.mark.parametrize("arguments", [["r.txt", "--to", "xml"], ["none.txt", "--to", "spdx"]])
def test_requests_without_sense(files, arguments):
    assert frame.run(["export", *arguments]) == 2
