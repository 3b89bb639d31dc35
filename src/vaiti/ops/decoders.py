"""An alarm stands while calls are kept in a codec that this installation cannot decode."""

from datetime import date, datetime

from vaiti.due import alarms
from vaiti.playback.decoding import lacking
from vaiti.register import codecs

ALARM = "decoder_missing"
HINT = "start once with VAITI_WITH=codecs (docs/siprec.md)"


def missing(today: date) -> dict[str, date]:
    """The codecs, and until when calls in them are kept."""
    kept = codecs.kept(today)
    return {codec: kept[codec] for codec in lacking(kept)}


def watch(now: datetime) -> None:
    found = missing(now.date())
    for codec, until in found.items():
        detail = f"calls in it are kept until {until} and cannot be heard: {HINT}"
        alarms.raise_alarm(ALARM, codec, detail, now)
    for standing in alarms.standing():
        if standing.kind == ALARM and standing.key not in found:
            alarms.clear(ALARM, standing.key, now)
