"""What someone asks for, and where it was written."""

from __future__ import annotations

from pinkit.model.value import frozen_value


@frozen_value(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a requirement was written.

    `file` is the path as the user gave it (or as it follows from the including file), never made
    absolute; "-" for standard input, "" for a requirement that pinkit itself adds. `line` starts at 1;
    0 where the format has no lines. `section` names the table it came from ("" | "project.dependencies"
    | "extra:NAME" | "group:NAME"). `via` is how annotations name it: "-r requirements.in",
    "-c base.txt", "project-name (pyproject.toml)". `included_by` is the file whose `-r` or `-c` line led here, or "".
    """

    file: str
    line: int = 0
    section: str = ""
    via: str = ""
    included_by: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} ({self.section})" if self.section else place


@frozen_value(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One requirement, parsed (PEP 508) at the edge.

    `name` is normalised (PEP 503), `extras` normalised and sorted. `specifier` is comma-joined without
    spaces ("" = any). `marker` is PEP 508 text ("" = always). `url` is set for direct references (PEP 440
    direct reference, local path as file: URL, "git+https://…@rev#subdirectory=…"); then `specifier` is "".
    `editable` keeps an `-e` of the input. `hashes` are "algorithm:hex" given beside it.
    """

    name: str
    origin: Origin
    extras: tuple[str, ...] = ()
    specifier: str = ""
    marker: str = ""
    url: str = ""
    editable: bool = False
    hashes: tuple[str, ...] = ()

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        where = f" @ {self.url}" if self.url else self.specifier
        return f"{self.name}{extras}{where}" + (f" ; {self.marker}" if self.marker else "")


Dependency = tuple[str, tuple[str, ...], str, str]
"""(name, extras, specifier, marker) of a Requires-Dist line, normalised as in `Requirement`.

A plain tuple because a lock of 700 pins reads tens of thousands of them on the warm path. The marker
may mention `extra`. A direct reference ("name @ url") has its URL in the specifier's place, prefixed "@ ".
"""
