""".pre-commit-config.yaml: the hooks that compile locks, with their arguments and lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.requirements_lines import decoded

if TYPE_CHECKING:
    from pinkit.formats.compile_command import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileHook:
    """A hook that runs a compile command; `line` is where it begins, `arguments` follow the command."""

    tool: Tool
    arguments: tuple[str, ...]
    line: int
    name: str = ""


def compile_hooks(content: bytes, file: str) -> tuple[CompileHook, ...]:
    """The hooks of `uv pip compile` and `pip-compile`, in the file's order. Raises UsageError for no YAML."""
    tree = _tree(content, file)
    found: list[CompileHook] = []
    for repository in _items(_entry(tree, "repos")):
        url = _text(_entry(repository, "repo"))
        for hook in _items(_entry(repository, "hooks")):
            tool, leading = _tool(url, _text(_entry(hook, "id")), _text(_entry(hook, "entry")))
            if tool is not None:
                arguments = tuple(_text(item) for item in _items(_entry(hook, "args")))
                found.append(
                    CompileHook(
                        tool=tool,
                        arguments=(*leading, *arguments),
                        line=hook.start_mark.line + 1,
                        name=_text(_entry(hook, "name")),
                    )
                )
    return tuple(found)


def _tool(url: str, hook: str, entry: str) -> tuple[Tool | None, tuple[str, ...]]:
    """The tool that a hook runs and the arguments within its entry."""
    from pinkit.formats.compile_command import split_command

    if entry:
        tool, arguments = split_command(entry) or (None, ())
        # pinkit's own hooks are made from the configuration, not the other way round.
        return (None, ()) if tool == "pinkit" else (tool, arguments)
    if hook == "pip-compile":
        return ("uv" if "uv-pre-commit" in url else "pip-compile"), ()
    return None, ()


def _tree(content: bytes, file: str) -> Any:
    """The document as nodes, which know their lines; nothing is constructed, so aliases cannot grow."""
    import yaml

    try:
        return yaml.compose(decoded(content, file), Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        line = f":{problem.problem_mark.line + 1}" if problem.problem_mark else ""
        raise UsageError(f"{file}{line}: no YAML", problem.problem or "") from None
    except (yaml.YAMLError, RecursionError) as problem:
        raise UsageError(f"{file}: no YAML", str(problem)) from None


def _entry(node: Any, key: str) -> Any:
    if node is None or node.id != "mapping":
        return None
    return next((value for name, value in node.value if _text(name) == key), None)


def _items(node: Any) -> list[Any]:
    return list(node.value) if node is not None and node.id == "sequence" else []


def _text(node: Any) -> str:
    return str(node.value) if node is not None and node.id == "scalar" else ""
