"""The command `python -m serving.pack`: make a release from a model file, its golden set and its training rows."""

import argparse
from pathlib import Path

from serving.errors import ConfigurationError
from serving.formats import supported
from serving.pack import MIN_ROWS, Packing, pack
from serving.release_command import describe

EPILOG = """
Rows are a .csv (a header; the feature columns in the model's order; the expected answer; perhaps a slice) or an .npz
(arrays input:<name>, expected, perhaps slice). The golden set must be rows that the model never trained on.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0: the release is there, 2: wrong usage, or a release that cannot be made."""
    parser = _parser()
    packing = Packing(**vars(parser.parse_args(arguments)))
    existed = packing.out.exists()
    try:
        release = pack(packing)
    except ConfigurationError as error:
        parser.exit(2, f"{error}\n")
    print(f"{packing.out}: {'is there already, the same' if existed else 'packed'}")
    print("\n".join(describe(release)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m serving.pack", description=__doc__, epilog=EPILOG)
    parser.add_argument("model", type=Path, metavar="MODEL", help="the model file")
    parser.add_argument("--format", default="onnx", help=f"one of: {', '.join(supported())} (default: onnx)")
    parser.add_argument("--name", required=True, help="the name it is served by")
    parser.add_argument("--version", required=True, help="a word for people; the digest is what pins")
    parser.add_argument("--golden", type=Path, required=True, metavar="FILE", help="golden set, .csv or .npz")
    parser.add_argument("--profile-from", type=Path, required=True, metavar="FILE", help="training rows, .csv or .npz")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the release directory to make")
    parser.add_argument("--task", choices=("classification", "regression"), help="default: read from the outputs")
    parser.add_argument("--prediction", metavar="OUTPUT", help="the output with the answers, if several could be")
    parser.add_argument("--scores", metavar="OUTPUT", help="the output with scores per class, if several could be")
    parser.add_argument("--data-set", metavar="TEXT", help="where the rows come from")
    parser.add_argument("--expected", default="expected", metavar="COLUMN", help="default: expected")
    parser.add_argument("--slice", dest="slice_column", metavar="COLUMN", help="quality is also judged per slice")
    parser.add_argument(
        "--min-rows", type=int, default=MIN_ROWS, metavar="N", help=f"golden rows (default: {MIN_ROWS})"
    )
    return parser
