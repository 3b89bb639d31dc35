"""What may stand as the reference of a listening or a mandate. Pure."""

import re

MIN_REFERENCE = 3  # in characters
MAX_REFERENCE = 40
MAX_DIGITS = 8  # more, whatever stands around them, may be a customer's whole number (N-15)
_REFERENCE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9/#._-]{{{MIN_REFERENCE - 1},{MAX_REFERENCE - 1}}}")
_NUMBER_LIKE = re.compile(r"[0-9/#._-]{7,}")
_OF_A_YEAR = re.compile(r"20[0-9]{2}[-/][0-9]{1,6}")  # 2026-118, as cases are often numbered


def fit_reference(reference: str) -> bool:
    """Whether it names a case, a transaction or an activity: no spaces, and no telephone number."""
    if _OF_A_YEAR.fullmatch(reference):
        return True
    if not _REFERENCE.fullmatch(reference) or _NUMBER_LIKE.fullmatch(reference):
        return False
    return sum(each.isdigit() for each in reference) <= MAX_DIGITS
