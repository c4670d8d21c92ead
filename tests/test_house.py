"""The rules of docs/architecture.md that no linter knows."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "pinkit").rglob("*.py"))
CORE = ("model", "formats", "resolve", "rebuild", "audit", "check", "upgrade")
MAX_MODULE_LINES, MAX_FUNCTION_LINES = 400, 60

WORLD = {
    *("asyncio", "ctypes", "getpass", "glob", "http", "multiprocessing", "os", "platform", "requests"),
    *("select", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "sysconfig"),
    *("tempfile", "threading", "urllib3"),
}
"""Modules that look at this machine; the core has none of them."""
CLOCK = {
    *("time.time", "time.time_ns", "time.monotonic", "time.perf_counter", "time.sleep", "time.localtime"),
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
}

FORBIDDEN_TEXT = {
    "a registry's host": re.compile(r"py" + r"pi\.org|python" + r"hosted\.org|npm" + r"js\.org"),
    "a machine's path": re.compile(r"(^|[^A-Za-z0-9_.~<-])/(work|farm|root|opt|home/[a-z]+)/", re.M),
    "a secret": re.compile(
        r"gh[pousr]_[A-Za-z0-9]{30}|py" + r"pi-[A-Za-z0-9_-]{40}|-----BEGIN [A-Z ]*PRIVATE KEY"
    ),
    "a word of unfinished work": re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b"),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def committed_files() -> list[Path]:
    """What git knows; everything but ignored folders where there is no git."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached"], capture_output=True, text=True, check=False
    )
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    skipped = {".venv", ".git", "__pycache__", "dist", "build"}
    return [p for p in ROOT.rglob("*") if p.is_file() and not skipped & set(p.relative_to(ROOT).parts)]


def drawn_rooms() -> set[str]:
    """Names in the drawing under "## Rooms" of docs/architecture.md."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    drawing = text.split("## Rooms", 1)[1].split("```", 2)[1]
    return {line.split()[0].rstrip("/") for line in drawing.splitlines() if line.startswith("  ")}


def real_rooms() -> set[str]:
    package = ROOT / "pinkit"
    folders = {p.name for p in package.iterdir() if (p / "__init__.py").exists()}
    return folders | {p.name for p in package.glob("*.py") if not p.name.startswith("__")}


def test_the_drawing_shows_the_rooms_that_exist() -> None:
    assert drawn_rooms() == real_rooms()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_function_is_short(path: Path) -> None:
    functions = [n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = {f.name: (f.end_lineno or 0) - f.lineno + 1 for f in functions}
    assert {name: lines for name, lines in long.items() if lines > MAX_FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p) != "pinkit/cli/app.py"], ids=name_of)
def test_only_the_edge_catches_everything(path: Path) -> None:
    """A handler that tidies up and raises again swallows nothing."""
    handlers = [n for n in ast.walk(tree(path)) if isinstance(n, ast.ExceptHandler)]
    assert [h.lineno for h in handlers if catches_everything(h.type) and not raises_again(h)] == []


def raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def catches_everything(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        n is None or (isinstance(n, ast.Name) and n.id in {"Exception", "BaseException"}) for n in names
    )


@pytest.mark.parametrize("path", [p for p in MODULES if p.relative_to(ROOT).parts[1] in CORE], ids=name_of)
def test_the_core_looks_at_no_machine(path: Path) -> None:
    imported = imported_tops(tree(path))
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    looked = [call.lineno for call in calls if is_open(call.func) or is_clock(call.func)]
    assert (imported & WORLD, looked) == (set(), [])


def is_clock(called: ast.expr) -> bool:
    return ast.unparse(called).endswith(tuple(CLOCK))


def is_open(called: ast.expr) -> bool:
    return isinstance(called, ast.Name) and called.id in {"open", "input"}


@pytest.mark.parametrize("kind", FORBIDDEN_TEXT)
def test_no_committed_text_has(kind: str) -> None:
    found = []
    for path in committed_files():
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{name_of(path)}: {m.group()!r}" for m in FORBIDDEN_TEXT[kind].finditer(text)]
    assert found == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_pattern_repeats_a_group_possessively(path: Path) -> None:
    """Python 3.11 before 3.11.5 lets `(?:...)?+` match where it must not (python/cpython#106052)."""
    assert re.findall(r"\)[?*+]\+", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("folder", "groups"), [("pinkit", ()), ("tests", ("dev",)), ("bench", ("dev",))])
def test_what_is_imported_is_declared(folder: str, groups: tuple[str, ...]) -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = list(pyproject["project"]["dependencies"])
    for group in groups:
        declared += pyproject["dependency-groups"][group]
    names = {re.split(r"[<>=!~ ;\[]", text)[0].lower() for text in declared}
    makers = packages_distributions()
    foreign = {
        top: makers.get(top, [])
        for path in (ROOT / folder).rglob("*.py")
        for top in imported_tops(tree(path))
        if top not in sys.stdlib_module_names and not is_ours(top)
    }
    assert {t: m for t, m in foreign.items() if not names & {d.lower().replace("_", "-") for d in m}} == {}


def imported_tops(module: ast.Module) -> set[str]:
    """Top-level names of imports that run; those for type checkers alone do not."""
    tops: set[str] = set()
    waiting: list[ast.AST] = [module]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        elif isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            tops.add((node.module or "").split(".")[0])
        else:
            waiting += ast.iter_child_nodes(node)
    return tops


def is_ours(top: str) -> bool:
    return top in {"pinkit", "tests", "scripts", "conftest"} or any((ROOT / "tests").rglob(f"{top}.py"))


def test_test_modules_have_names_of_their_own() -> None:
    """Folders of tests are no packages, so that two modules of one name would hide each other."""
    loose = [p for p in (ROOT / "tests").rglob("test_*.py") if not (p.parent / "__init__.py").exists()]
    names = [path.name for path in loose]
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_only_acceptance_runs_know_the_corpus() -> None:
    corpus = re.compile(r"shared" + r"/(corpus|osv|research|tools|prototype)|PINKIT_" + "SHARED")
    known = {"tests/acceptance", "tests/conftest.py"}
    mentions = [
        p for p in committed_files() if corpus.search(p.read_bytes().decode("utf-8", errors="replace"))
    ]
    assert [n for n in map(name_of, mentions) if not n.startswith(tuple(known))] == []


HOUSEHOLD = (
    *("README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "LICENSE", "pinkit/py.typed"),
    *(
        "docs/architecture.md",
        "docs/defaults.md",
        "docs/dependencies.md",
        "scripts/demo",
        "scripts/test",
        ".ci/run",
    ),
)


@pytest.mark.parametrize("name", HOUSEHOLD)
def test_the_house_has(name: str) -> None:
    assert (ROOT / name).is_file()
