"""`vaiti undertaking`: as `vaiti course`, for the promise of secrecy."""

from collections.abc import Sequence

from vaiti.ops.commands.course import undertaking_main


def main(arguments: Sequence[str]) -> int:
    return undertaking_main(arguments)
