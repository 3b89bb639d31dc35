"""Where data lies or passes: each [[place]], and which places the other settings need."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from vaiti.ops.eea import AS_OF, EEA
from vaiti.ops.sections.store import LOCAL

MACHINE = "machine"


@dataclass(frozen=True)
class DataPlace:
    """`role` is what of ours is there; `provider` who runs it, by which `contract`, in which
    `country` (two capital letters)."""

    role: str
    provider: str
    country: str
    contract: str


@dataclass(frozen=True, slots=True)
class Needed:
    """A place that the settings use: `where` is what stands there of it, without any secret."""

    role: str
    where: str


def places_fault(places: tuple[DataPlace, ...]) -> str | None:
    """A sentence that says what to change, or None."""
    roles = [one.role for one in places]
    for one in places:
        name = f"the [[place]] {one.role}"
        if roles.count(one.role) > 1:
            return f"{name} is there twice; write it once"
        if not one.provider.strip() or not one.contract.strip():
            return f"{name}: provider and contract say who runs it, and by which agreement"
        if not re.fullmatch(r"[A-Z]{2}", one.country):
            return f"{name}: country is two capital letters, such as FI"
        if one.country not in EEA:
            return (
                f"{name} is in {one.country}, which is outside of the European Union and the "
                f"European Economic Area (as of {AS_OF}); callers were told that nothing leaves"
            )
    return None


def host_of(address: str) -> str:
    """Host of an address, empty for this machine."""
    host = urlsplit(address if "://" in address else f"//{address}").hostname or ""
    return "" if host in LOCAL else host
