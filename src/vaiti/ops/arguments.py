"""What the commands on a data folder have in common on the command line."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from vaiti.ops.settings import Settings, WeakSettings, load_settings


def data_parser(command: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"vaiti {command}", description=description)
    add_data(parser)
    return parser


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", required=True, type=Path, metavar="DIR", help="the data folder")


def refusing_weakness(act: Callable[[Settings], int], folder: Path) -> int:
    """Runs `act` on the folder's settings; weak ones are refused with their sentence."""
    try:
        return act(load_settings(folder))
    except WeakSettings as error:
        print(f"vaiti: {error}", file=sys.stderr)
        return 2
