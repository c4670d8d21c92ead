"""What of a wheel goes where in an environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from installer.records import RecordEntry
    from installer.sources import WheelContentElement
    from installer.utils import Scheme


class SourceWheel(WheelFile):
    """A wheel without the compiled files that it may bring: installers leave them out, and this one would warn."""

    def get_contents(self) -> Iterator[WheelContentElement]:
        """See WheelFile."""
        for element in super().get_contents():
            if "__pycache__" not in element[0][0].split("/"):
                yield element


class Destination(SchemeDictionaryDestination):
    """The places in the virtual environment at `directory`, of the minor `python`, for one wheel.

    Scripts begin with `interpreter`. A file that an earlier wheel has brought is replaced, as by pip: many have a
    `tests` of their own.
    """

    def __init__(self, directory: Path, python: str, interpreter: str) -> None:
        site = str(directory / "lib" / f"python{python}" / "site-packages")
        places = {
            "purelib": site,
            "platlib": site,
            "scripts": str(directory / "bin"),
            "data": str(directory),
            "headers": str(directory / "include"),
        }
        super().__init__(places, interpreter, "posix")
        self._own: set[str] = set()

    def write_to_fs(self, scheme: Scheme, path: str, stream: BinaryIO, is_executable: bool) -> RecordEntry:
        """See SchemeDictionaryDestination, which raises where a file of this wheel or of none stands already."""
        folder = os.path.abspath(self.scheme_dict[scheme])
        target = os.path.abspath(os.path.join(folder, path))
        if target.startswith(folder + os.sep) and target not in self._own and _may_be_replaced(target):
            os.unlink(target)
        self._own.add(target)
        return super().write_to_fs(scheme, path, stream, is_executable)


def _may_be_replaced(path: str) -> bool:
    """Whether an earlier wheel can have put a file there: links lead to the interpreter, which is nobody's."""
    return os.path.isfile(path) and not os.path.islink(path) and os.path.basename(path) != "pyvenv.cfg"
