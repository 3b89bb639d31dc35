"""The annex to the impact assessment: each risk with its measures, and each measure is a check.

A check that fails turns its measure red here, so that no measure is only words. Pure.
"""

from vaiti.notice.filling import PERIOD
from vaiti.notice.sentences import Promised
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.marks import mood, stands
from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.promises.papers.words import Words

NAME = "dpia"
RISKS: dict[str, tuple[str, ...]] = {
    "open_store": ("security.sealed_on_disk", "security.keys_apart", "schema.store_metadata"),
    "number_leak": ("masking.database", "masking.files", "masking.logs"),
    "wrong_person": (
        *("recipients.disclosures_by_law", "audit.sound_accounted_for"),
        "recipients.no_list_leaves",
    ),
    "fishing": (
        *("access.named_persons", "access.own_calls", "purposes.stated_on_listening"),
        *("audit.listening_logged", "training.before_access"),
    ),
    "surveillance": (
        *("access.managers_own_people", "purposes.training_within_activities"),
        "purposes.security_second_person",
    ),
    "hold_forever": (
        *("retention.holds_honoured", "retention.period", "retention.nothing_overdue"),
    ),
    "resurrection": ("retention.destroyed_gone",),
    "unlisted": ("recording.listed_lines_only", "recording.only_source"),
    "too_much": (
        *("recording.begins_after_answer", "recording.ends_with_call", "masking.key_tones"),
        "recording.voice_only",
    ),
    "other_use": (
        *("purposes.closed_list", "purposes.balancing_current", "purposes.consent_where_promised"),
        *("schema.database", "schema.api_surface"),
    ),
    "abroad": (
        *("residency.places_declared", "residency.places_allowed"),
        "residency.no_access_from_outside",
    ),
    "unheard": (
        *("channels.web_form", "channels.mailbox", "rights.answered_in_time"),
        *("rights.refusals_reasoned", "rights.restrictions_honoured", "rights.erasures_done"),
    ),
    "false_record": ("register.sound_intact", "audit.log_whole", "recording.clock"),
}
"""The least that an assessment of call recording has to look at, and what is done about each."""


def sheet(facts: Facts, language: str) -> Sheet:
    say = Words(NAME, language)
    wording = facts.wording
    told = {"controller": wording.controller.name, "version": wording.version, "day": facts.day}
    every = [check for checks in RISKS.values() for check in checks]
    kept = sum(bool(look and look.kept) for look in map(facts.looks.get, every))
    lead = (
        say("begins", **told),
        say("sum", kept=kept, whole=len(every)),
        say("lead"),
        say("besides"),
    )
    risks = [_risk(facts, say, risk, checks) for risk, checks in RISKS.items()]
    return Sheet(NAME, say("title"), language, lead, (_assessed(wording.promised, say), *risks))


def _assessed(promised: Promised, say: Words) -> Part:
    """The processing as the notice states it: of another one this is no assessment."""
    basis = promised.basis
    rows = [(say.term("purpose", one), say.term("basis", basis[one])) for one in promised.purposes]
    told = (
        ("period", PERIOD[say.language](promised.period_months)),
        ("fields", say.terms("field", promised.fields)),
        ("mask", str(promised.mask)),
        ("lines", say.terms("line", promised.lines)),
        ("roles", say.terms("role", promised.roles)),
        ("places", say.terms("place", promised.places)),
    )
    rows += [(say(f"states.{name}"), value) for name, value in told]
    return Part(say("states.title"), (), (say("states.what"), say("states.says")), rows)


def _risk(facts: Facts, say: Words, risk: str, checks: tuple[str, ...]) -> Part:
    rows = [
        (facts.tells(check, say.language), check, stands(facts.looks.get(check), say))
        for check in checks
    ]
    marks = [mood(facts.looks.get(check)) for check in checks]
    header = (say("measure"), say("check"), say("now"))
    return Part(say(f"risk.{risk}"), (), header, rows, marks, live=1)
