"""The options that a line of a requirements file may carry, and what all of a file add up to."""

from __future__ import annotations

from dataclasses import replace

from pinkit.formats.pep508 import normalized_name
from pinkit.model.value import frozen_value

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


@frozen_value(frozen=True, slots=True, kw_only=True)
class InputOptions:
    """The options of the files, in the order met; the last `--index-url` wins (None where none is given).

    `no_binary` and `only_binary` hold normalised names or ":all:", after pip's rule that a later one takes the
    name from the other list and ":none:" empties it. Relative `find_links` are as written.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    no_index: bool = False
    find_links: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    only_binary: tuple[str, ...] = ()
    prefer_binary: bool = False
    pre: bool = False
    trusted_hosts: tuple[str, ...] = ()
    require_hashes: bool = False
    features: tuple[str, ...] = ()


@frozen_value(frozen=True, slots=True, kw_only=True)
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
    raise BadOption(f"{argument[:60]!r} belongs to no option")


def _long_name(spelling: str) -> str:
    if spelling in _SPELLINGS:
        return _SPELLINGS[spelling]
    matches = {name for known, name in _SPELLINGS.items() if known.startswith(spelling)}
    if len(matches) == 1:
        return matches.pop()
    if matches:
        raise BadOption(f"{spelling} could mean {' or '.join(sorted(matches))}")
    raise BadOption(f"unknown option {spelling[:60]}")


def with_options(options: InputOptions, line: Line) -> InputOptions:
    """`options` with what a line of its own adds."""
    for name, value in line.options:
        match name:
            case "--index-url":
                options = replace(options, index_url=value)
            case "--extra-index-url":
                options = replace(options, extra_index_urls=_with(options.extra_index_urls, value))
            case "--no-index":
                options = replace(options, no_index=True)
            case "--find-links":
                options = replace(options, find_links=_with(options.find_links, value))
            case "--no-binary":
                chosen, other = _format_control(value, options.no_binary, options.only_binary)
                options = replace(options, no_binary=chosen, only_binary=other)
            case "--only-binary":
                chosen, other = _format_control(value, options.only_binary, options.no_binary)
                options = replace(options, only_binary=chosen, no_binary=other)
            case "--prefer-binary":
                options = replace(options, prefer_binary=True)
            case "--pre":
                options = replace(options, pre=True)
            case "--trusted-host":
                options = replace(options, trusted_hosts=_with(options.trusted_hosts, value))
            case "--require-hashes":
                options = replace(options, require_hashes=True)
            case "--use-feature":
                options = replace(options, features=_with(options.features, value))
            case _:
                pass
    return options


def _with(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return values if value in values else (*values, value)


def _format_control(
    value: str, chosen: tuple[str, ...], other: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    for part in value.split(","):
        if part == ":all:":
            chosen, other = (":all:",), ()
        elif part == ":none:":
            chosen = ()
        elif part:
            name = normalized_name(part)
            chosen, other = _with(chosen, name), tuple(known for known in other if known != name)
    return chosen, other
