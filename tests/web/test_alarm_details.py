"""Each alarm says in the reader's language what is wrong: no code, and no English in Finnish."""

import re
from collections.abc import Iterator
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from cast import NOW
from vaiti.access import alerts, misuse, spot_checks
from vaiti.capture.recorder import process
from vaiti.capture.recorder.succession import LOST, REFUSED
from vaiti.capture.session import reports
from vaiti.due.alarms import Standing
from vaiti.ops import watch
from vaiti.ops.residency import ALARM as RESIDENCY
from vaiti.register.canaries import Cause
from vaiti.rights.breaches.rules import Stage as BreachStage
from vaiti.rights.clock import Stage
from vaiti.web.moments import Moments
from vaiti.web.wording import alarm_codes, keeping_words, words
from vaiti.web.wording.alarm_details import Reader, Said
from vaiti.web.wording.alarm_shapes import FIXED, OF_KIND, REST

ANNA, TEAM = "a" * 32, "b" * 32
READER = Reader(Moments(NOW, ZoneInfo("Europe/Helsinki")), {ANNA: "Anna Åström", TEAM: "North"})
SHARE = "12 of 40 in a day; allowed 10 in a hundred"
STRETCH = "from 2026-11-23T09:00:00+00:00 to 2026-11-23T08:00:00+00:00"
REMAINS = (*alarm_codes.REMAINS, "os_enospc")
CALLS = ("calls=3",)
NUMBER = ("number=R-2026-2",)
EXAMPLES: dict[str, tuple[str, ...]] = {
    **{kind: (sentence,) for kind, sentence in reports.SENTENCES.items()},
    "access:balancing_overdue": ("to be reviewed since 2026-11-01",),
    "access:emergency": (f"opened by {ANNA}",),
    alerts.ALARM: tuple(misuse.Rule),
    spot_checks.ALARM: ("the case of a listening was not shown",),
    "backup_late": ("none", "2026-11-23T02:00:00.123456+00:00"),
    "calls_missing": ("3 open in the gap register",),
    "calls_unwanted": ("3 open in the gap register",),
    "canary_missed": tuple(Cause),
    "checkpoint_kept_here": ("ahead", "not_cosigned", "status 502", "gaierror", "private_address"),
    "clock_set_back": (STRETCH,),
    "clock_unsynchronised": (
        "no time service keeps this machine's clock; start one, such as chrony",
    ),
    "comparison_late": (
        "the phone system's records were not compared in time; see what sends them",
    ),
    "database_keeps": ("archive_undeclared", "archive_undeclared slot_endless"),
    "decoder_missing": (
        "calls in it are kept until 2027-05-23 and cannot be heard: start once with "
        "VAITI_WITH=codecs (docs/siprec.md)",
    ),
    "disk_full": ("there is less room for the journal than the orders ask",),
    "front_keeper_lost": ("",),
    "heartbeat_unheard": ("the watcher answered 500", "the watcher cannot be reached: gaierror"),
    "intake_call": (*alarm_codes.INTAKE, "os_eio"),
    "intake_event": ("an event of the recorder cannot be read",),
    "intake_journal": (
        "a journal file ends in bytes that are no record; what follows is not read",
    ),
    "intake_keys": ("the key process does not answer",),
    "intake_store": ("the store takes no recordings",),
    process.KEEPER_LOST: (LOST, REFUSED),
    "key_without_entry": (
        "a key was given under an audit entry that has been taken out of the log",
    ),
    "keys_silent": ("the key process does not answer: nothing is heard or taken in",),
    "mail_refused": ("SMTPAuthenticationError",),
    "older_than_promised": ("older=2 strange=0 unseen=0", "older=0 strange=1 unseen=1"),
    "one_sided_calls": (SHARE,),
    "orders_refused": ("the orders cannot be followed",),
    "pause_unknown": (
        reports.SENTENCES[reports.PAUSE_UNKNOWN],
        "what a call was told could not be left for other recorders: it is tried again",
    ),
    "people:factors_removed": (f"2 second factors removed by {ANNA}",),
    "people:hearing_widened": ("by sso", "by scim"),
    "people:report": (f"reported by {ANNA}", f"reported in team {TEAM}"),
    "people:review_overdue": (f"team {TEAM}, leader {ANNA}", "3 people"),
    "phone_system_clock": ("the phone system's clock is +2.4 s off ours; see both",),
    "processor_uses_another": ("Molnet AB",),
    "promise_attestation_overdue": ("no_profiling",),
    "promise_broken": ("access.own_calls",),
    "recorder_near_limit": ("calls=812 most=1000", "free_mib=900 least_mib=800"),
    watch.REFUSING: ("no call is taken: disk_full",),
    watch.SILENT: tuple(
        f"the {who} says nothing; {what}"
        for who in ("recorder", "front")
        for what in (watch.NO_CALL, watch.OTHERS)
    ),
    "recording_changed": ("other_bytes",),
    "recording_damaged": (
        "the object does not begin with a header",
        "segment 3 is not what was sealed",
        "segment 3 counts more bytes than it holds",
        "the object is longer than what was sealed",
    ),
    RESIDENCY: tuple(keeping_words.STATES),
    "retention:bytes_overdue": CALLS,
    "retention:call_remains": REMAINS,
    "retention:day_open": CALLS,
    "retention:hold_review": CALLS,
    "retention:keys_overdue": CALLS,
    "retention:order_remains": REMAINS,
    "retention:part_apart": REMAINS,
    "retention:passage_remains": REMAINS,
    "retention:period_too_long": ("months=24 told=12",),
    "retention:period_waiting": ("rule=2 months=6",),
    "rights:breach_overdue": ("number=B-2026-1 stage=overdue",),
    "rights:breach_waits": tuple(f"number=B-2026-1 stage={one}" for one in BreachStage),
    "rights:canary_lost": ("sent=2026-11-23T08:00Z",),
    "rights:case_overdue": NUMBER,
    "rights:case_waits": tuple(f"number=R-2026-2 stage={one}" for one in Stage),
    "rights:complaint_due": ("",),
    "rights:day_comes": ("",),
    "rights:disclosure_due": ("",),
    "rights:disclosure_secret": ("",),
    "rights:few_handlers": ("trained=1 needed=2",),
    "rights:gateway_failed": ("",),
    "rights:mail_after_closing": NUMBER,
    "rights:mail_dismissed": NUMBER,
    "rights:mailbox_unread": ("ConnectionRefusedError", "error"),
    "rights:scanner_failed": ("count=4",),
    "rights:second_look": NUMBER,
    "sender_clock": (
        "120 in a million fast, 0.4 seconds in an hour",
        "120 in a million slow, 0.4 seconds in an hour",
    ),
    "settings_refused": ("months in [register] is to be a whole number of 1 to 120",),
    "settling_failed": REMAINS,
    "sound_unexplained": ("bytes=48000", "bytes=-48000"),
    "store_move": ("left=2 kept=1",),
    "store_unfit": ("replicated", "object_lock public"),
    "unassigned_agents": (SHARE,),
    "webhook_given_up": ("status_410", "private_address", "TimeoutError"),
    "worker.step": ("django.db.utils.OperationalError at base.py:360",),
    "worker_away": (STRETCH,),
}
"""Each kind with details as they are raised."""
BARE = re.compile(r"\w=|\b[a-z]+_[a-z_]+\b|T\d\d:|[0-9a-f]{32}|%\(")
"""What no sentence holds: a code, an instant or an id as a machine writes it."""
SETTINGS = re.compile(r"start_on|VAITI_WITH=codecs")
"""What is to be written like that somewhere, and so is told like that."""


def said(kind: str, detail: str) -> Said:
    return READER.told(Standing(UUID(int=0), kind, "", detail, NOW, NOW, 1, event=False))


def every() -> Iterator[tuple[str, str]]:
    yield from ((kind, detail) for kind, details in EXAMPLES.items() for detail in details)


def test_no_alarm_of_the_list_lacks_a_sentence() -> None:
    assert set(EXAMPLES) == set(words.ALARMS)
    assert set(OF_KIND) <= set(words.ALARMS)
    shown = {detail for _kind, detail in every()}
    assert set(FIXED) <= shown, "a sentence that no alarm has"


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_every_detail_is_a_sentence_in_the_readers_language(language: str) -> None:
    with override(language):
        found = {each: said(*each).sentence for each in every()}
    for each, sentence in found.items():
        plain = SETTINGS.sub("", sentence)
        assert plain and sentence != REST and not BARE.search(plain), (each, sentence)
    if language != "en":
        with override("en"):
            same = [each for each, text in found.items() if said(*each).sentence == text]
        assert not same, "not translated"


def test_values_are_written_as_they_are_here() -> None:
    case, away = ("rights:case_waits", "number=R-2026-2 stage=slow_10"), ("worker_away", STRETCH)
    with override("en"):
        assert said(*case).sentence == "Request R-2026-2: 10 days since it came."
        assert said(*away).sentence == "From 23.11.2026 at 11:00 to 23.11.2026 at 10:00."
        lost = said("people:factors_removed", EXAMPLES["people:factors_removed"][0])
        assert lost.sentence == "How many: 2. Removed by: Anna Åström."
    with override("sv"):
        clock = said("phone_system_clock", EXAMPLES["phone_system_clock"][0])
        assert "+2,4" in clock.sentence
        unread = said("mail_refused", "SMTPAuthenticationError")
        assert unread.quoted == "SMTPAuthenticationError"
        older = said("mail_refused", "of an older version; it=1")
        assert older.quoted == "of an older version; it=1"
        assert older.sentence != REST
