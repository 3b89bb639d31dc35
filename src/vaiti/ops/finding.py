"""What the doctor found of one thing."""

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """`verdict` is ok, warn or FAIL; `says` tells what to do when it is not ok."""

    verdict: str
    about: str
    says: str
