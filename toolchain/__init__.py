"""Gets the Pulumi engine and the Python environments onto a machine. Standard library only."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - it runs before anything is installed, on whatever `python3` is
    sys.exit("Slipway needs Python 3.11 or 3.12; name one: make PYTHON=python3.11 ...")
