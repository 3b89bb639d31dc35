"""What the gap register's codes say, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

KINDS = {
    "missing": gettext_noop("A call was not recorded"),
    "unwanted": gettext_noop("Recorded, and should not have been"),
    "quiet": gettext_noop("One side was not heard"),
    "unjudged": gettext_noop("Silence was not judged"),
    "canary": gettext_noop("A test call did not come through"),
    "stretch": gettext_noop("No calls could be taken"),
}
STATES = {
    "open": gettext_noop("open"),
    "explained": gettext_noop("explained"),
    "closed": gettext_noop("closed"),
}
CAUSES = {
    "unknown": gettext_noop("Nothing is known of why. Look whether the phone system sent it."),
    "in_part": gettext_noop("Only a part of the call was recorded."),
    "not_taken_in": gettext_noop("It was recorded and could not be taken into the book."),
    "recorder_down": gettext_noop("The recorder did not run."),
    "disk_full": gettext_noop("The disk was full, and calls were refused."),
    "no_orders": gettext_noop("The recorder had no orders, and refused calls."),
    "orders_expired": gettext_noop("The recorder’s orders had expired, and calls were refused."),
    "stopping": gettext_noop("The recorder was stopping, and refused calls."),
    "overloaded": gettext_noop("The machine did not keep up with its calls, and refused more."),
    "no_memory": gettext_noop("The recorder had no memory left, and refused calls."),
    "calls_limit": gettext_noop("There were as many calls at once as the settings allow."),
    "no_sockets": gettext_noop("The recorder had no free ports, and refused calls."),
    "unreadable_request": gettext_noop("The phone system sent what cannot be read."),
    "no_acceptable_stream": gettext_noop("The phone system offered no sound that can be kept."),
    "not_acknowledged": gettext_noop("The phone system did not confirm our answer."),
    "parties_never_told": gettext_noop("The phone system never said who took part."),
    "no_record": gettext_noop("The phone system’s records know of no such call."),
    "twice": gettext_noop("Another recording is of the same call."),
    "no_packets": gettext_noop("No sound came from one side."),
    "no_sound": gettext_noop("Packets came from one side, and there was no sound in them."),
    "fell_silent": gettext_noop("One side fell silent during the call and was not heard again."),
    "silence": gettext_noop("One side was silent for long."),
    "codec_not_judged": gettext_noop(
        "Its codec tells nothing of it: whether a side was silent was not judged."
    ),
    "sides_not_told": gettext_noop(
        "Both sides are in one stream, or nobody said whose is whose: whether one of them was "
        "silent was not judged."
    ),
    "sound_not_noted": gettext_noop(
        "Nothing was noted of its sound: whether a side was silent was not judged."
    ),
    "canary_unanswered": gettext_noop("The recorder did not answer the test call."),
    "canary_refused": gettext_noop("The recorder refused the test call."),
    "canary_lost": gettext_noop("The test call was placed, and no recording of it came in."),
    "canary_line": gettext_noop("The test call was recorded under another line."),
    "canary_length": gettext_noop("The recording of the test call has another length."),
    "canary_silent": gettext_noop("The test call was recorded without the sound that was sent."),
    "canary_damaged": gettext_noop("The recording of the test call could not be opened."),
}
SOURCES = {
    "recorder": gettext_noop("The recorder’s own signs of life"),
    "canary": gettext_noop("A test call"),
    "intake": gettext_noop("The worker, from what each side sent"),
}
ALARMS = {
    "retention:part_apart": gettext_noop("Two recorders’ parts of a call could not be joined"),
    "recorder_near_limit": gettext_noop("The recorder will soon take no more calls"),
    "keeper_lost": gettext_noop("Calls in progress would end with the recorder"),
    "front_keeper_lost": gettext_noop("SIP connections would end with the front"),
    "slow_disk": gettext_noop("The recorder’s disk is slow"),
    "pause_assumed": gettext_noop(
        "A call may be one that was paused or objected to, and is not recorded"
    ),
    "pause_unknown": gettext_noop("Whether a call is paused at another recorder is not known"),
    "no_memory": gettext_noop("The recorder has little memory left"),
    "overloaded": gettext_noop("The machine does not keep up with its calls"),
    "decoder_missing": gettext_noop("Calls cannot be heard: a decoder is missing"),
    "sender_clock": gettext_noop("A sender’s sample clock is off"),
    "worker_away": gettext_noop("The worker was away, and did not end by itself"),
    "calls_missing": gettext_noop("Calls were not recorded"),
    "calls_unwanted": gettext_noop("Calls were recorded and should not have been"),
    "phone_system_clock": gettext_noop("The phone system’s clock is off"),
    "canary_missed": gettext_noop("A test call did not come through"),
    "one_sided_calls": gettext_noop("In many calls one side is not heard"),
    "heartbeat_unheard": gettext_noop("Nobody takes the signs of life"),
    "keys_silent": gettext_noop("The key process does not answer"),
    "clock_set_back": gettext_noop("The clock was set back"),
    "clock_unsynchronised": gettext_noop("No time service keeps the clock"),
    "comparison_late": gettext_noop("The phone system’s records were not compared in time"),
}
ACTS = {
    "call:part:joined": gettext_noop("Two recorders’ parts of a call joined"),
    "call:part:joining": gettext_noop("About to join two recorders’ parts of a call"),
    "access:canary:opened": gettext_noop("Test call opened by the worker"),
    "register:canary:judged": gettext_noop("Test call compared with what was sent"),
    "register:gap:found": gettext_noop("Recording gap found"),
    "register:gap:settled": gettext_noop("Recording gap explained or closed"),
    "register:records:compared": gettext_noop("Phone system’s records compared"),
    "retention:canary:destroyed": gettext_noop("Test call destroyed"),
    "retention:gaps:removed": gettext_noop("Old recording gaps removed"),
}


def kind(code: str) -> str:
    return _(KINDS[code]) if code in KINDS else code


def state(code: str) -> str:
    return _(STATES[code]) if code in STATES else code


def cause(code: str) -> str:
    return _(CAUSES[code]) if code in CAUSES else code


def source(code: str) -> str:
    """Who told of it; a name from the settings or the phone system is left as it is."""
    return _(SOURCES[code]) if code in SOURCES else code
