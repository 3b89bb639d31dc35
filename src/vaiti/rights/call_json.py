"""`call.json`: what the register holds of a call, what the copy leaves out, who looked. Pure."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from vaiti.access.consultations import Consultation
from vaiti.rights.copy_rules import Passage, Wanted

FORMAT: Final = "vaiti-call/1"


def call_json(
    held: Mapping[str, Any],
    wanted: Wanted,
    consultations: Sequence[Consultation],
    sound: Mapping[str, Any] | None,
    words: Mapping[str, str],
) -> bytes:
    """`held` is register.whole's; `words` says in the person's language what each field is."""
    fields = {
        "format": FORMAT,
        "call": dict(held),
        "consultations": [_told(one, ZoneInfo(held["zone"])) for one in consultations],
        "copy": {
            "voices": wanted.voices,
            "silent": [_silent(one, held["started"]) for one in wanted.muted],
            "transcript_instead": bool(wanted.transcript),
            "why": wanted.why,
            "sound": None if sound is None else dict(sound),
        },
        "words": {name: words[name] for name in sorted(words)},
    }
    return (json.dumps(fields, ensure_ascii=False, indent=2) + "\n").encode()


def _told(one: Consultation, zone: ZoneInfo) -> dict[str, Any]:
    at = one.at.astimezone(zone).isoformat(timespec="seconds")
    return {"at": at, "purpose": one.purpose, "how": one.how, "seconds": one.seconds}


def _silent(one: Passage, started: str) -> dict[str, str]:
    begins = datetime.fromisoformat(started)
    from_, to = (begins + each for each in (one.begins, one.ends + timedelta(milliseconds=999)))
    return {
        "from": from_.isoformat(timespec="seconds"),
        "to": to.isoformat(timespec="seconds"),
        "side": one.side,
    }
