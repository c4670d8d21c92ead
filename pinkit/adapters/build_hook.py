"""Calls one hook of a build backend (PEP 517). Runs inside the sandbox, by whatever Python the build wants.

Standard library only, and no syntax newer than Python 3.6. Asked by JSON in the first argument: `backend`,
`backend_path`, `hook`, `arguments`, `result` (the file to write: {"value": ...} or {"missing": true}).
"""

import importlib
import json
import os
import sys
from typing import Any


def main(asked: "dict[str, Any]") -> None:
    """Write what the hook returned, or that the backend does not have it."""
    # The directory of this script gives way to the backend's own path.
    sys.path[:1] = [os.path.abspath(path) for path in asked["backend_path"]]
    name, _, attributes = asked["backend"].partition(":")
    backend = importlib.import_module(name)
    for attribute in filter(None, attributes.split(".")):
        backend = getattr(backend, attribute)
    hook = getattr(backend, asked["hook"], None)
    told = {"missing": True} if hook is None else {"value": hook(*asked["arguments"])}
    with open(asked["result"], "w") as file:
        json.dump(told, file)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
