"""`python3 -m dovetail.model FILE.py [NAME]`: a program for `exec:` that serves a function marked by `dovetail.density`."""

from __future__ import annotations

import sys

from .callable import load, serve_model
from .errors import UsageError


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        print("usage: python3 -m dovetail.model FILE.py [NAME]", file=sys.stderr)
        return 2
    try:
        model = load(arguments[0], arguments[1] if len(arguments) == 2 else None)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    serve_model(model)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
