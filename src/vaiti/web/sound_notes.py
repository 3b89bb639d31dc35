"""What the recorder noted of a call's sound, in sentences for its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.playback.decoding import lacking, unplayable
from vaiti.register import quiet
from vaiti.register.quiet import Told
from vaiti.values.clock import from_micros
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.wording import gap_words

SIDES = {
    ("customer", "no_packets"): gettext_noop("Nothing came from the customer’s side."),
    ("agent", "no_packets"): gettext_noop("Nothing came from the agent’s side."),
    ("customer", "no_sound"): gettext_noop("The customer’s side is silent from beginning to end."),
    ("agent", "no_sound"): gettext_noop("The agent’s side is silent from beginning to end."),
    ("customer", "fell_silent"): gettext_noop(
        "The customer’s side fell silent during the call and was not heard again."
    ),
    ("agent", "fell_silent"): gettext_noop(
        "The agent’s side fell silent during the call and was not heard again."
    ),
    ("customer", "silence"): gettext_noop("The customer’s side was silent for long."),
    ("agent", "silence"): gettext_noop("The agent’s side was silent for long."),
    ("mixed", "no_packets"): gettext_noop("Nothing came on the call’s one stream."),
    ("mixed", "no_sound"): gettext_noop("The call’s one stream is silent from beginning to end."),
    ("mixed", "fell_silent"): gettext_noop(
        "The call’s one stream fell silent during the call and was not heard again."
    ),
    ("mixed", "silence"): gettext_noop("The call’s one stream was silent for long."),
}
WARNINGS = {
    "key_tones_left_out": gettext_noop(
        "Tones of keys that were pressed were made silence before anything was kept."
    ),
    "lost_to_a_full_disk": gettext_noop(
        "The recorder’s disk was full during the call: a part of what was said is missing."
    ),
    "tail_not_cut": gettext_noop(
        "Some sound from after the customer’s last word may be at the end."
    ),
    "holds_joined": gettext_noop("There were more holds than are kept apart."),
    "pauses_joined": gettext_noop("There were more pauses than are kept apart."),
    "legs_joined": gettext_noop("There were more agents’ parts than are kept apart."),
    "pause_too_long": gettext_noop("A pause reached its limit, and recording went on by itself."),
    "another_session": gettext_noop(
        "The phone system sent the call in several pieces; they were put together."
    ),
    "rejoined": gettext_noop(
        "The phone system’s connection was lost during the call, and the call went on in another."
    ),
    "direction_by_order": gettext_noop(
        "The phone system did not say who called; the direction may be wrong."
    ),
    "customer_by_order": gettext_noop(
        "The phone system did not say who the customer is; sides and number may be wrong."
    ),
    "customer_unknown": gettext_noop(
        "The phone system did not say who the customer is; the call has no number and no agent."
    ),
    "roles_unknown": gettext_noop("The phone system did not say whose voice is whose."),
    "roles_by_order": gettext_noop(
        "The phone system did not say whose voice is whose; the sides may be the other way round."
    ),
}
"""Those that whoever hears the call should know; the others speak of the sender's messages, and
`vaiti siprec explain` tells them."""


@dataclass(frozen=True, slots=True)
class Noted:
    """In sentences; `unplayable`: this installation has no decoder for any of the call."""

    notes: list[str]
    unplayable: bool = False


def noted_of(call_id: UUID, see: Moments) -> Noted:
    """For somebody who may see the call."""
    found = quiet.of_call(call_id, wired().silences)
    sides = [_(SIDES[one.side, one.cause]) for one in found.sides]
    unjudged = [gap_words.cause(reason) for reason in found.unjudged]
    warned = [_(text) for code, text in WARNINGS.items() if code in found.warnings]
    warned += _changed_over(found)
    if found.lossy:
        warned.insert(0, kept_with_loss(found.lossy, see))
    if unplayable(found.codecs):
        return Noted(sides + unjudged + warned, unplayable=True)
    return Noted(_in_part(lacking(found.codecs)) + sides + unjudged + warned)


def kept_with_loss(told: Mapping[str, Any], see: Moments) -> str:
    text = _("%(form)s: kept in a lossy form, and not as it was received.")
    return text % {"form": lossy_form(told, see)}


def lossy_form(told: Mapping[str, Any], see: Moments) -> str:
    """Opus, 24 kbit/s, since 28.11.2026."""
    since = see.day(from_micros(told["since_us"]))
    return _("Opus, %(kbits)s kbit/s, since %(day)s") % {"kbits": told["kbits"], "day": since}


def _changed_over(found: Told) -> list[str]:
    """What nobody has of a call that two recorders had in turn."""
    if found.joining:
        return [
            _(
                "Two recorders had this call in turn. Their parts are being joined; "
                "listen in a minute."
            )
        ]
    text = _(
        "The recorder failed during the call and another one went on. Between the two "
        "%(seconds)s s were not recorded; they are shaded in the picture."
    )
    return [text % {"seconds": -(-lost // 1_000_000)} for lost in found.changed_us]


def _in_part(codecs: tuple[str, ...]) -> list[str]:
    """What is left out of what is played, so that nobody takes it for silence."""
    if not codecs:
        return []
    named = {"codecs": ", ".join(codecs)}
    return [
        _(
            "Some of the call came in a codec that cannot be played here (%(codecs)s). It stays "
            "sealed and is shaded in the picture; what you do not hear there is not silence."
        )
        % named
    ]
