"""What the reader of a lock wants to be possible at all: cutoff, pre-releases, kinds of files."""

from __future__ import annotations

from pinkit.errors import UsageError
from pinkit.model.value import frozen_value

PRERELEASES = ("disallow", "allow", "if-necessary", "explicit", "if-necessary-or-explicit")
EVERY_NAME = ":all:"


@frozen_value(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules that make a release a candidate.

    `prerelease` is one of PRERELEASES with uv's meaning. `cutoff` is the latest upload time, seconds since the
    epoch, None for none; `cutoffs` are (name, cutoff) that go before it. `only_binary` and `no_binary` are
    normalised names or ":all:": no sdist, no wheel of them. `lenient` makes a preference of the rule that a
    release needs a file for each lane (universal locks).
    """

    prerelease: str = "if-necessary-or-explicit"
    cutoff: int | None = None
    cutoffs: tuple[tuple[str, int | None], ...] = ()
    only_binary: frozenset[str] = frozenset()
    no_binary: frozenset[str] = frozenset()
    lenient: bool = False

    def __post_init__(self) -> None:
        if self.prerelease not in PRERELEASES:
            raise UsageError(
                f"unknown pre-release policy {self.prerelease!r}",
                hint=f"name one of {', '.join(PRERELEASES)}",
            )

    def cutoff_of(self, name: str) -> int | None:
        """The latest upload time for files of `name`."""
        return dict(self.cutoffs).get(name, self.cutoff) if self.cutoffs else self.cutoff

    def takes_sdists(self, name: str) -> bool:
        """Whether an sdist of `name` may be used."""
        return name not in self.only_binary and (EVERY_NAME not in self.only_binary or name in self.no_binary)

    def takes_wheels(self, name: str) -> bool:
        """Whether a wheel of `name` may be used."""
        return name not in self.no_binary and (EVERY_NAME not in self.no_binary or name in self.only_binary)
