"""The command line: `python3 -m toolchain setup`."""

import argparse
import sys
from pathlib import Path

from toolchain.checkout import set_up
from toolchain.errors import SetupError

ROOT = Path(__file__).resolve().parents[1]
EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def main() -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 -m toolchain", description="Gets onto this machine what Slipway needs."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("setup", help="make both virtual environments and find, download or build a Pulumi engine")
    parser.parse_args()
    try:
        engine = set_up(ROOT)
    except SetupError as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    except OSError as error:
        print(f"Setup cannot go on: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("\nInterrupted; the next run goes on from here.", file=sys.stderr)
        return EXIT_INTERRUPTED
    print(f"Setup is complete: {engine}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
