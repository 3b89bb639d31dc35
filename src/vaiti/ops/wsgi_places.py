"""Where data lies, as the web process shows it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from vaiti.ops.settings import Settings

if TYPE_CHECKING:
    from vaiti.web.http.wiring import DataPlace


def data_places(settings: Settings, now: datetime) -> "Sequence[DataPlace]":
    """Where data lies, for the page that shows it."""
    from vaiti.ops.residency import standing
    from vaiti.web.http.wiring import DataPlace

    return [
        DataPlace(
            one.needed.role,
            one.place.provider if one.place else "",
            one.place.country if one.place else "",
            one.place.contract if one.place else "",
            one.state,
            one.well,
            one.at,
        )
        for one in standing(settings, now)
    ]
