"""The process's entry: answers what needs no import at all, and hands the rest to the Typer app."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line; the exit code is the answer (`pinkit.errors.ExitCode`)."""
    try:
        code = _answered(sys.argv[1:])
    except KeyboardInterrupt:  # while something is imported: commands answer it themselves
        sys.stderr.write("\ninterrupted\n")
        code = 130
    if code == 130:
        # Where it came inside of `exec`, which dataclasses use, Python would end itself by SIGINT in place of this
        # code. The next text that is evaluated lets it forget that.
        eval("0")  # noqa: S307
    return code


def _answered(arguments: list[str]) -> int:
    if arguments in (["--version"], ["-V"]):
        from pinkit import __version__

        sys.stdout.write(f"pinkit {__version__}\n")
        return 0
    if "lock" in arguments:
        # See run_lock; the imports before it would be interrupted dozens of times.
        gc.disable()
        from pinkit.cli.memo import remembered

        known = remembered(arguments)
        if known is not None:
            return known
    from pinkit.cli.app import run
    from pinkit.cli.interrupts import hear_interrupts

    hear_interrupts()
    code = run(arguments)
    # The process ends: looking for cycles among all that it made would take a tenth of a lock's time.
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
