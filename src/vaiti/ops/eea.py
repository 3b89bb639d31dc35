"""Which countries are in the European Union or the European Economic Area. A table, not a guess."""

from datetime import date
from typing import Final

AS_OF: Final = date(2026, 11, 27)
"""When the table was last compared with the lists of the Union and of the Association."""

EU: Final = frozenset(
    (
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES"),
        *("FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU"),
        *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)
EEA: Final = EU | {"IS", "LI", "NO"}

REGIONS: Final = {
    "eu-central-1": "DE",
    "eu-north-1": "SE",
    "eu-south-1": "IT",
    "eu-south-2": "ES",
    "eu-west-1": "IE",
    "eu-west-3": "FR",
    "eusc-de-east-1": "DE",
}
"""Regions of Amazon's that are in the EEA. That a name begins with `eu` says nothing: eu-west-2 is
London, eu-central-2 is Zurich."""

AMAZON: Final = (".amazonaws.com", ".amazonaws.eu")


def country_of(host: str, region: str) -> str | None:
    """Where a provider says that a region is; None where only the contract tells.

    A region of Amazon's that is not in the table gives "??": in no country that is allowed.
    """
    if not host.endswith(AMAZON):
        return None
    return REGIONS.get(region, "??") if f".{region}." in f".{host}" else "??"
