"""The options that a line of a requirements file may carry."""

from __future__ import annotations

from dataclasses import dataclass

GLOBAL_OPTIONS = frozenset(
    {
        "--index-url",
        "--extra-index-url",
        "--no-index",
        "--constraint",
        "--requirement",
        "--editable",
        "--find-links",
        "--no-binary",
        "--only-binary",
        "--prefer-binary",
        "--require-hashes",
        "--pre",
        "--trusted-host",
        "--use-feature",
    }
)
REQUIREMENT_OPTIONS = frozenset({"--hash", "--global-option", "--config-settings"})

_FLAGS = frozenset({"--no-index", "--prefer-binary", "--require-hashes", "--pre"})
_SPELLINGS = {name: name for name in GLOBAL_OPTIONS | REQUIREMENT_OPTIONS} | {
    "--pypi-url": "--index-url",
    "--config-setting": "--config-settings",
}
_SHORT = {
    "-r": "--requirement",
    "-c": "--constraint",
    "-e": "--editable",
    "-i": "--index-url",
    "-f": "--find-links",
    "-C": "--config-settings",
}


class BadOption(ValueError):
    """An option that cannot be read; the message says why, in a sentence without the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One logical line: the requirement text before the first option ("" for none), and its options.

    Each option is (long name, value), "" for flags, in the order written.
    """

    requirement: str
    options: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        """The values that the option was given on this line."""
        return tuple(value for option, value in self.options if option == name)


def parse_line(text: str) -> Line:
    """A logical line in its parts. Raises BadOption.

    Options begin at the first word that starts with "-"; what stands before may hold quotes of a marker and is
    left alone. Unlike pip, which drops them, words that belong to no option are an error.
    """
    words = text.split(" ")
    at = next((index for index, word in enumerate(words) if word.startswith("-")), len(words))
    requirement = " ".join(words[:at]).strip()
    rest = " ".join(words[at:])
    if not rest:
        return Line(requirement=requirement)
    import shlex

    try:
        arguments = shlex.split(rest)
    except ValueError as problem:
        raise BadOption(f"the options cannot be split: {problem}".lower()) from None
    return Line(requirement=requirement, options=tuple(_options(arguments)))


def _options(arguments: list[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = _split(argument)
        if name in _FLAGS:
            if equals:
                raise BadOption(f"{name} takes no value")
        elif not equals:
            following = next(rest, None)
            if following is None:
                raise BadOption(f"{name} needs a value")
            value = following
        found.append((name, value))
    return found


def _split(argument: str) -> tuple[str, bool, str]:
    """(long name, has a value of its own, value) of one word."""
    if argument.startswith("--"):
        spelling, equals, value = argument.partition("=")
        return _long_name(spelling), bool(equals), value
    name = _SHORT.get(argument[:2])
    if name is not None:
        return name, len(argument) > 2, argument[2:]
    if argument.startswith("-") and argument != "-":
        raise BadOption(f"unknown option {argument[:2]}")
    raise BadOption(f"{argument!r} belongs to no option")


def _long_name(spelling: str) -> str:
    if spelling in _SPELLINGS:
        return _SPELLINGS[spelling]
    matches = {name for known, name in _SPELLINGS.items() if known.startswith(spelling)}
    if len(matches) == 1:
        return matches.pop()
    if matches:
        raise BadOption(f"{spelling} could mean {' or '.join(sorted(matches))}")
    raise BadOption(f"unknown option {spelling}")
