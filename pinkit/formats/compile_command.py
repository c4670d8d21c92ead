"""Command lines of `pip-compile` and `uv pip compile` to the lock that they make, in pinkit's settings."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pinkit.formats.pep508 import is_name, normalized_name
from pinkit.formats.settings import IndexSetting, LockSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

Tool = Literal["uv", "pip-compile", "pinkit"]

_STRING = {
    "--output-file": "output",
    "--python-version": "python",
    "--python-platform": "python_platform",
    "--prerelease": "prerelease",
    "--resolution": "resolution",
    "--exclude-newer": "exclude_newer",
    "--uploaded-prior-to": "exclude_newer",
    "--annotation-style": "annotation_style",
    "--index-url": "index_url",
    "--default-index": "index_url",
    "--index-strategy": "index_strategy",
    "--format": "output_format",
    "--output-format": "output_format",
    "--fork-strategy": "fork_strategy",
}
_LIST = {
    "--constraint": "constraints",
    "--constraints": "constraints",
    "--override": "overrides",
    "--overrides": "overrides",
    "--build-constraint": "build_constraints",
    "--build-constraints": "build_constraints",
    "--exclude": "excludes",
    "--excludes": "excludes",
    "--target": "targets",
    "--extra": "extras",
    "--group": "groups",
    "--only-binary": "only_binary",
    "--no-build-package": "only_binary",
    "--no-binary": "no_binary",
    "--no-emit-package": "no_emit_package",
    "--unsafe-package": "no_emit_package",
    "--extra-index-url": "extra_index_urls",
    "--find-links": "find_links",
    "--exclude-newer-package": "exclude_newer_package",
    "--index": "indexes",
}
_FLAG: dict[str, tuple[str, Any]] = {
    "--all-extras": ("all_extras", True),
    "--all-groups": ("all_groups", True),
    "--universal": ("universal", True),
    "--no-build": ("no_build", True),
    "--pre": ("prerelease", "allow"),
    "--strip-extras": ("strip_extras", True),
    "--no-strip-extras": ("strip_extras", False),
    "--annotate": ("annotate", True),
    "--no-annotate": ("annotate", False),
    "--header": ("header", True),
    "--no-header": ("header", False),
    "--emit-index-url": ("emit_index_url", True),
    "--no-emit-index-url": ("emit_index_url", False),
    "--no-index": ("no_index", True),
}
_SHORT = {
    "-o": "--output-file",
    "-r": "--requirement",
    "-c": "--constraint",
    "-b": "--build-constraint",
    "-i": "--index-url",
    "-f": "--find-links",
    "-P": "--upgrade-package",
    "-p": "--python",
    "-U": "--upgrade",
    "-q": "--quiet",
    "-v": "--verbose",
    "-n": "--dry-run",
}
_WITHOUT_MEANING = frozenset(
    {
        "--allow-unsafe",
        "--generate-hashes",
        "--upgrade",
        "--quiet",
        "--verbose",
        "--dry-run",
        "--no-cache",
        "--rebuild",
        "--refresh",
        "--no-progress",
        "--no-reuse-hashes",
        "--reuse-hashes",
        "--no-emit-trusted-host",
        "--no-emit-find-links",
        "--no-emit-options",
        "--build-isolation",
        "--backtracking",
    }
)
_VALUE_WITHOUT_MEANING = frozenset(
    {
        "--upgrade-package",
        "--cache-dir",
        "--custom-compile-command",
        "--newline",
        "--color",
        "--max-rounds",
        "--resolver",
    }
)
_VALUE_UNKNOWN = frozenset(
    {
        "--python",
        "--pip-args",
        "--config-setting",
        "--keyring-provider",
        "--torch-backend",
    }
)
_STRATEGIES = {"unsafe-first-match": "unsafe-best-match"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a command line makes; `notes` are sentences on what could not be carried over.

    `tool` is None where the command is no other tool's, so that no tool's settings apply.
    """

    settings: LockSettings
    tool: Tool | None = None
    notes: tuple[str, ...] = ()


def split_command(text: str) -> tuple[Tool, tuple[str, ...]] | None:
    """The tool of a command line and its arguments; None for another program's line or one without balance."""
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    names = [posixpath.basename(word) for word in words]
    for at, name in enumerate(names):
        if names[at : at + 2] == ["pinkit", "lock"]:
            return "pinkit", tuple(words[at + 2 :])
        if name == "uv" and names[at + 1 : at + 3] == ["pip", "compile"]:
            return "uv", tuple(words[at + 3 :])
        if name == "pip-compile" or names[at : at + 2] == ["piptools", "compile"]:
            return "pip-compile", tuple(words[at + (1 if name == "pip-compile" else 2) :])
        if "=" not in name and name not in ("env", "python", "python3", "-m", "uvx", "pipx", "run", "uv"):
            return None
    return None


def parse_command(tool: Tool, arguments: Sequence[str]) -> Command:
    """The lock that the arguments describe; without `-o` its output is what pip-compile would write."""
    parser = _Parser()
    parser.read(arguments)
    values = parser.values
    inputs = tuple(parser.inputs) or ("requirements.in",)
    if tool == "pip-compile":
        # pip-compile 7 keeps extras unless it is told not to.
        values.setdefault("strip_extras", False)
        values.setdefault("output", _default_output(inputs))
    settings = LockSettings(**{**values, "inputs": inputs})
    return Command(settings=settings, tool=None if tool == "pinkit" else tool, notes=tuple(parser.notes))


def _default_output(inputs: tuple[str, ...]) -> str:
    folder = posixpath.dirname(inputs[0])
    stem, suffix = posixpath.splitext(posixpath.basename(inputs[0]))
    name = f"{stem}.txt" if len(inputs) == 1 and suffix == ".in" else "requirements.txt"
    return posixpath.join(folder, name)


class _Parser:
    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.inputs: list[str] = []
        self.notes: list[str] = []

    def read(self, arguments: Sequence[str]) -> None:
        rest = iter(arguments)
        for argument in rest:
            if not argument.startswith("-") or argument == "-":
                self.inputs.append(argument)
                continue
            option, equals, value = self._split(argument)
            if option in _FLAG:
                field, chosen = _FLAG[option]
                self.values[field] = chosen
            elif option == "--requirement":
                self.inputs.append(value if equals else next(rest, ""))
            elif option in _STRING or option in _LIST:
                self._take(option, value if equals else next(rest, ""))
            elif option in _VALUE_WITHOUT_MEANING:
                value = value if equals else next(rest, "")
            elif option in _VALUE_UNKNOWN:
                value = value if equals else next(rest, "")
                self.notes.append(f"{option} {value} has no counterpart")
            elif option not in _WITHOUT_MEANING:
                self.notes.append(f"{argument} has no counterpart")

    def _split(self, argument: str) -> tuple[str, bool, str]:
        if argument.startswith("--"):
            option, equals, value = argument.partition("=")
            return option, bool(equals), value
        option = _SHORT.get(argument[:2], argument[:2])
        value = argument[2:].removeprefix("=")
        return option, bool(value) and option not in _WITHOUT_MEANING, value

    def _take(self, option: str, value: str) -> None:
        if option in _STRING:
            field = _STRING[option]
            self.values[field] = _STRATEGIES.get(value, value)
            return
        field = _LIST[option]
        parts: list[Any] = (
            value.split(",") if field not in ("indexes", "find_links", "exclude_newer_package") else [value]
        )
        match field:
            case "groups" | "extras" | "no_emit_package" | "only_binary" | "no_binary":
                parts = [self._name(option, part) for part in parts]
            case "indexes":
                name, equals, url = value.partition("=")
                parts = [
                    IndexSetting(name=name, url=url) if equals and is_name(name) else IndexSetting(url=value)
                ]
            case "exclude_newer_package":
                name, _, moment = value.partition("=")
                parts = [(normalized_name(name), moment)]
        self.values[field] = (*self.values.get(field, ()), *(part for part in parts if part))

    def _name(self, option: str, text: str) -> str:
        """A normalised name; "" with a note for what is none, such as uv's PATH:GROUP."""
        if text in (":all:", ":none:"):
            return text
        if not is_name(text):
            self.notes.append(f"{option} {text} is not a name alone, add it by hand")
            return ""
        return normalized_name(text)


_MINOR = re.compile(r"Python (3\.[0-9]+)")


def header_command(header: Sequence[str]) -> tuple[str, str]:
    """(the command line that a generated lock's header shows, the Python it names), "" for each it lacks."""
    python = ""
    for at, line in enumerate(header):
        match = _MINOR.search(line)
        if match is not None and "pip-compile" in line:
            python = match[1]
        if line.rstrip().endswith(("following command:", "following command makes it again:")):
            shown = next((text for text in header[at + 1 :] if text.strip("# \t")), "")
            return shown.lstrip("# \t").strip(), python
    return "", python
