"""How the detail of each kind of alarm is written, and the sentence for it. Translated where shown.

The groups of a pattern are the values of its sentence; what follows a sentence is `quoted`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop

from vaiti.web.wording import (
    alarm_codes,
    alert_words,
    breach_words,
    case_words,
    gap_words,
    keeping_words,
    words,
)

Table = Mapping[str, str]

SENTENCES = (
    gettext_noop("a call on a line that is not listed was refused: nothing is recorded"),
    gettext_noop("a call on a line that is not recorded was refused"),
    gettext_noop("a call in a direction that is not recorded was refused"),
    gettext_noop("a call within the company was refused: there is no customer in it"),
    gettext_noop("a call went to somebody outside the company: recording ended"),
    gettext_noop("the orders have expired: calls are answered 503; see the worker"),
    gettext_noop("messages came from addresses that are no peer's, and were not answered"),
    gettext_noop("a peer sent a wrong user or password: its request was refused"),
    gettext_noop("there are no orders to follow: calls are answered 503; see the worker"),
    gettext_noop("as many calls as limits.calls allows: further ones are answered 503"),
    gettext_noop("the recorder has little memory left: further calls are answered 503"),
    gettext_noop("the machine does not keep up with its calls: further ones are answered 503"),
    gettext_noop("a write to the journal took about a second: calls are kept and written later"),
    gettext_noop("the recorder is stopping: further calls are answered 503"),
    gettext_noop("a peer sent a body that cannot be read: its call was refused"),
    gettext_noop("a peer offered no stream that can be recorded: its call was refused"),
    gettext_noop("no sockets could be bound for a call: it was answered 503"),
    gettext_noop("a recorded call carried no packet from the customer"),
    gettext_noop("a peer never acknowledged our answer: its call was ended"),
    gettext_noop("a call ended by the customer's silence: its BYE may have been lost"),
    gettext_noop("a peer did not refresh its session: the call was ended"),
    gettext_noop("a pause was not ended by anybody: recording went on when its time was over"),
    gettext_noop("what another recorder was told of a call cannot be read: nothing of it is kept"),
    gettext_noop("a call may be one that was paused or objected to before: it is not recorded"),
    gettext_noop("a session was never answered as its peer's start_on asks: nothing was kept"),
    gettext_noop("a call was answered but never announced, as its line asks: nothing was kept"),
    gettext_noop("a peer never said who takes part: its session was ended unrecorded"),
)
"""What a recorder's session reports."""
SILENCES = (
    gettext_noop("the recorder says nothing; no call is taken"),
    gettext_noop("the recorder says nothing; others take calls"),
    gettext_noop("the front says nothing; no call is taken"),
    gettext_noop("the front says nothing; others take calls"),
)
"""What the worker says of recorders that it does not hear."""
OTHERS = (
    gettext_noop("there is less room for the journal than the orders ask"),
    gettext_noop("what a call was told could not be left for other recorders: it is tried again"),
    gettext_noop("the orders cannot be followed"),
    gettext_noop("calls in progress would not outlive the recorder"),
    gettext_noop("what another recorder left cannot be read by this one: its calls are cut off"),
    gettext_noop("a key was given under an audit entry that has been taken out of the log"),
    gettext_noop("the key process does not answer"),
    gettext_noop("the key process does not answer: nothing is heard or taken in"),
    gettext_noop("the store takes no recordings"),
    gettext_noop("a journal file ends in bytes that are no record; what follows is not read"),
    gettext_noop("an event of the recorder cannot be read"),
    gettext_noop("no time service keeps this machine's clock; start one, such as chrony"),
    gettext_noop("the phone system's records were not compared in time; see what sends them"),
    gettext_noop("the case of a listening was not shown"),
    gettext_noop("the object does not begin with a header"),
)
FIXED = frozenset({*SENTENCES, *SILENCES, *OTHERS})
"""Details that are sentences themselves, in English."""
REST = gettext_noop("The program says of it, in English:")
"""Of a detail that has no sentence, as an older version may have left one."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`tables`: the words for a group that is one code or several."""

    pattern: re.Pattern[str]
    sentence: str
    tables: Mapping[str, Table] = field(default_factory=dict)


def _shape(pattern: str, sentence: str, **tables: Table) -> Shape:
    return Shape(re.compile(pattern), sentence, tables)


def _coded(table: Table) -> Shape:
    """One code or several of a table, whose words are sentences."""
    some = "|".join(map(re.escape, table))
    return _shape(rf"(?P<codes>(?:{some})(?: (?:{some}))*)", "%(codes)s", codes=table)


_NAMED = r"(?P<quoted>\w+)"
"""The name of an exception."""
_STATUS = r"status[ _](?P<status>\d+)"
_CALLS = _shape(r"calls=(?P<calls>\d+)", gettext_noop("Calls: %(calls)s."))
_CASE = _shape(r"number=(?P<number>\S+)", gettext_noop("Request %(number)s."))
_OPEN = _shape(
    r"(?P<count>\d+) open in the gap register",
    gettext_noop("Open in the gap register: %(count)s."),
)
_STOOD = _shape(
    r"from (?P<begins>\S+) to (?P<ends>\S+)", gettext_noop("From %(begins)s to %(ends)s.")
)
_SHARE = _shape(
    r"(?P<count>\d+) of (?P<every>\d+) in a day; allowed (?P<most>\d+) in a hundred",
    gettext_noop("%(count)s of %(every)s in a day; allowed are %(most)s in a hundred."),
)
_SYSTEM = _shape(
    r"os_(?P<quoted>\w+)", gettext_noop("The machine refused it. What programmers call the cause:")
)
_REMAINS = (_coded(alarm_codes.REMAINS), _SYSTEM)
_SOON = _shape("", gettext_noop("It is due by tomorrow, or was due already."))
_FAILED = gettext_noop("It did not work. What programmers call the cause:")

OF_KIND: Mapping[str, tuple[Shape, ...]] = {
    # recorders
    "recorder_refusing": (
        _shape(
            r"no call is taken: (?P<reason>\w+)",
            gettext_noop("no call is taken: %(reason)s"),
            reason=words.ALARMS,
        ),
    ),
    "recorder_near_limit": (
        _shape(
            r"calls=(?P<calls>\d+) most=(?P<most>\d+)",
            gettext_noop("%(calls)s of at most %(most)s calls"),
        ),
        _shape(
            r"free_mib=(?P<free>\d+) least_mib=(?P<least>\d+)",
            gettext_noop("%(free)s MiB are free, %(least)s are the least"),
        ),
    ),
    "front_keeper_lost": (
        _shape("", gettext_noop("The process “front-keeper” is away. It is started again.")),
    ),
    "calls_missing": (_OPEN,),
    "calls_unwanted": (_OPEN,),
    "canary_missed": (_coded(gap_words.CAUSES),),
    "one_sided_calls": (_SHARE,),
    "unassigned_agents": (_SHARE,),
    "decoder_missing": (
        _shape(
            r"calls in it are kept until (?P<day>\S+) and cannot be heard: .+",
            gettext_noop(
                "Calls in this codec are kept until %(day)s and cannot be heard. Start once with "
                "VAITI_WITH=codecs (docs/siprec.md)."
            ),
        ),
    ),
    "sender_clock": (
        _shape(
            r"(?P<parts>\d+) in a million fast, (?P<decimal>[\d.]+) seconds in an hour",
            gettext_noop("Too fast by %(parts)s in a million: %(decimal)s seconds in an hour."),
        ),
        _shape(
            r"(?P<parts>\d+) in a million slow, (?P<decimal>[\d.]+) seconds in an hour",
            gettext_noop("Too slow by %(parts)s in a million: %(decimal)s seconds in an hour."),
        ),
    ),
    "phone_system_clock": (
        _shape(
            r"the phone system's clock is (?P<decimal>[+-][\d.]+) s off ours; see both",
            gettext_noop("It differs from ours by %(decimal)s seconds. See both."),
        ),
    ),
    # intake, worker and web
    "intake_call": (_coded(alarm_codes.INTAKE), _SYSTEM),
    "worker.step": (
        _shape(
            r"(?P<quoted>.+)", gettext_noop("It is tried again. What programmers call the cause:")
        ),
    ),
    "worker_away": (_STOOD,),
    "clock_set_back": (_STOOD,),
    "recording_damaged": (
        _shape(
            r"segment (?P<number>\d+) .+", gettext_noop("Part %(number)s is not what was sealed.")
        ),
        _shape(r"the object is\s.+", gettext_noop("It is not what was sealed.")),
    ),
    "recording_changed": (_coded(alarm_codes.CHANGED),),
    "sound_unexplained": (
        _shape(
            r"bytes=(?P<bytes>\d+)",
            gettext_noop("Bytes that left and that the log does not explain: %(bytes)s."),
        ),
        _shape(
            r"bytes=-(?P<bytes>\d+)",
            gettext_noop("Bytes that were heard by the log and never counted: %(bytes)s."),
        ),
    ),
    "checkpoint_kept_here": (
        _coded(alarm_codes.WAYS_OUT),
        _shape(_STATUS, gettext_noop("The other side answers with status %(status)s.")),
        _shape(_NAMED, _FAILED),
    ),
    "heartbeat_unheard": (
        _shape(
            r"the watcher answered (?P<status>\d+)",
            gettext_noop("The other side answers with status %(status)s."),
        ),
        _shape(rf"the watcher cannot be reached:\s{_NAMED}", _FAILED),
    ),
    "mail_refused": (_shape(_NAMED, _FAILED),),
    "webhook_given_up": (
        _coded(alarm_codes.WAYS_OUT),
        _shape(_STATUS, gettext_noop("The other side answers with status %(status)s.")),
        _shape(_NAMED, _FAILED),
    ),
    "settings_refused": (
        _shape(r"(?P<quoted>.+)", gettext_noop("What to change there, in English:")),
    ),
    "database_keeps": (_coded(alarm_codes.DATABASE),),
    "store_unfit": (_coded(alarm_codes.BUCKET),),
    "store_move": (
        _shape(
            r"left=(?P<left>\d+) kept=(?P<kept>\d+)",
            gettext_noop("Left in the former store: %(left)s. Kept back by this move: %(kept)s."),
        ),
    ),
    "residency": (
        _shape(
            "(?P<state>" + "|".join(keeping_words.STATES) + ")",
            gettext_noop("What is known of this place: %(state)s."),
            state=keeping_words.STATES,
        ),
    ),
    "backup_late": (
        _shape("none", gettext_noop("There is none.")),
        _shape(r"(?P<at>\d{4}-\S+)", gettext_noop("The newest is of %(at)s.")),
    ),
    # destruction
    "retention:keys_overdue": (_CALLS,),
    "retention:bytes_overdue": (_CALLS,),
    "retention:day_open": (_CALLS,),
    "retention:hold_review": (_CALLS,),
    "retention:call_remains": _REMAINS,
    "retention:part_apart": _REMAINS,
    "retention:passage_remains": _REMAINS,
    "retention:order_remains": _REMAINS,
    "settling_failed": _REMAINS,
    "retention:period_too_long": (
        _shape(
            r"months=(?P<months>\d+) told=(?P<told>\d+)",
            gettext_noop("Months in the settings: %(months)s. Callers were told: %(told)s."),
        ),
    ),
    "retention:period_waiting": (
        _shape(
            r"rule=(?P<rule>\d+) months=(?P<months>\d+)",
            gettext_noop("Months in the settings: %(months)s."),
        ),
    ),
    "older_than_promised": (
        _shape(
            r"older=(?P<older>\d+) strange=(?P<strange>\d+) unseen=0",
            gettext_noop("Older than promised: %(older)s. Explained by nothing: %(strange)s."),
        ),
        _shape(
            r"older=(?P<older>\d+) strange=(?P<strange>\d+) unseen=\d+",
            gettext_noop(
                "It could not be looked through to its end. Until there, older than promised: "
                "%(older)s; explained by nothing: %(strange)s."
            ),
        ),
    ),
    # the notice
    "promise_broken": (
        _shape(r"(?P<check>[\w.]+)", gettext_noop("This does not hold: %(check)s")),
    ),
    "promise_attestation_overdue": (
        _shape(
            r"\w+", gettext_noop("The page “Promises” says what is to be vouched for, and by whom.")
        ),
    ),
    "processor_uses_another": (
        _shape(r"(?P<company>.+)", gettext_noop("New among those it uses: %(company)s")),
    ),
    # people and access
    "access:misuse": (
        _shape(
            r"(?P<rule>\w+)",
            gettext_noop("What was noticed: %(rule)s."),
            rule=alert_words.TITLES,
        ),
    ),
    "access:balancing_overdue": (
        _shape(r"to be reviewed since (?P<day>\S+)", gettext_noop("To be reviewed since %(day)s.")),
    ),
    "access:emergency": (
        _shape(
            r"opened by \w+",
            gettext_noop("Somebody else looks at it, on the page “Emergency access”."),
        ),
    ),
    "people:hearing_widened": (
        _shape(
            r"by (?P<machine>\w+)",
            gettext_noop("Entered by %(machine)s."),
            machine=alarm_codes.MACHINES,
        ),
    ),
    "people:factors_removed": (
        _shape(
            r"(?P<count>\d+) second factors removed by (?P<who>.+)",
            gettext_noop("How many: %(count)s. Removed by: %(who)s."),
        ),
    ),
    "people:report": (
        _shape(r"reported by (?P<who>\w+)", gettext_noop("Reported by: %(who)s.")),
        _shape(r"reported in team (?P<team>\w+)", gettext_noop("Reported in team: %(team)s.")),
    ),
    "people:review_overdue": (
        _shape(
            r"team (?P<team>\w+), leader (?P<who>\w+)",
            gettext_noop("Team: %(team)s. To be confirmed by: %(who)s."),
        ),
        _shape(r"(?P<count>\d+) people", gettext_noop("People outside teams: %(count)s.")),
    ),
    # requests and breaches
    "rights:case_waits": (
        _shape(
            r"number=(?P<number>\S+) stage=(?P<stage>\w+)",
            gettext_noop("Request %(number)s: %(stage)s."),
            stage=case_words.STAGES,
        ),
    ),
    "rights:case_overdue": (_CASE,),
    "rights:second_look": (_CASE,),
    "rights:mail_after_closing": (_CASE,),
    "rights:mail_dismissed": (_CASE,),
    **dict.fromkeys(
        ("rights:breach_waits", "rights:breach_overdue"),
        (
            _shape(
                r"number=(?P<number>\S+) stage=(?P<stage>\w+)",
                gettext_noop("Breach %(number)s: %(stage)s."),
                stage=breach_words.STAGES,
            ),
        ),
    ),
    "rights:day_comes": (_shape("", gettext_noop("The day is near, and nothing is decided.")),),
    "rights:disclosure_due": (_SOON,),
    "rights:complaint_due": (_SOON,),
    "rights:disclosure_secret": (
        _shape("", gettext_noop("The day that was written down for it has come.")),
    ),
    "rights:few_handlers": (
        _shape(
            r"trained=(?P<trained>\d+) needed=(?P<needed>\d+)",
            gettext_noop("Trained: %(trained)s. Needed: %(needed)s."),
        ),
    ),
    "rights:gateway_failed": (_shape("", gettext_noop("It did not take the last message.")),),
    "rights:mailbox_unread": (_shape(_NAMED, _FAILED),),
    "rights:scanner_failed": (
        _shape(
            r"count=(?P<count>\d+)",
            gettext_noop("Attachments of which it said nothing: %(count)s. They wait."),
        ),
    ),
    "rights:canary_lost": (_shape(r"sent=(?P<at>\S+)", gettext_noop("It was sent on %(at)s.")),),
}
"""Kinds whose details are always one of FIXED have no shape."""
