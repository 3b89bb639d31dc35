"""In which codecs calls are kept that an installation may be unable to decode (docs/siprec.md).

It is noted as calls come in and are held, so that a decoder that is missing is known before
somebody asks for a call, and without looking through all of them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from vaiti.register.check_models import CodecKept
from vaiti.register.models import Call

ALWAYS: Final = frozenset({"PCMA", "PCMU", "L16", "CN"})
"""What needs no decoder besides our own."""


def of(recording: Mapping[str, Any]) -> frozenset[str]:
    """The codecs of a call that may need a decoder. Pure."""
    return all_of(recording) - ALWAYS


def all_of(recording: Mapping[str, Any]) -> frozenset[str]:
    """All codecs of a call. Pure."""
    return frozenset(str(epoch.get("codec", "")) for epoch in recording.get("epochs", ()))


def of_call(call_id: UUID) -> frozenset[str]:
    """All codecs of a call in the book; none of one that is not there."""
    row = Call.objects.only("recording").filter(id=call_id).first()
    return all_of(row.recording) if row else frozenset()


def note(recording: Mapping[str, Any], day: date) -> None:
    """A call like this is kept until that day. In the caller's transaction; seldom a write."""
    for codec in of(recording):
        row, _ = CodecKept.objects.get_or_create(codec=codec[:16], defaults={"until": day})
        if row.until < day:
            CodecKept.objects.filter(codec=row.codec, until__lt=day).update(until=day)


def kept(today: date) -> dict[str, date]:
    """Each codec of calls that are not due yet, and the day on which the last of them is."""
    return dict(CodecKept.objects.filter(until__gte=today).values_list("codec", "until"))
