"""The live checks in words: what each looks at, what it found, what to do where it is broken."""

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.web.wording.check_advice import ADVICE, UNITS

CHECKS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "access.managers_own_people": (
            "listenings",
            "access",
            gettext_noop(
                "Each listening of a manager was to a call of their own people, or under a case."
            ),
        ),
        "access.named_persons": (
            "persons",
            "people",
            gettext_noop(
                "Whoever can listen is one person with a name, a role that stands and an "
                "account of their own."
            ),
        ),
        "access.own_calls": (
            "listenings",
            "access",
            gettext_noop("Each listening of an agent was to their own part of a call."),
        ),
        "access.roles_promised": (
            "roles",
            "people",
            gettext_noop("Nobody has a role that the notice does not name."),
        ),
        "audit.listening_logged": (
            "listenings",
            "log",
            gettext_noop("What the key process opened has its entry in the log."),
        ),
        "audit.log_whole": (
            "entries",
            "log",
            gettext_noop("The log verifies, from its first entry to its newest checkpoint."),
        ),
        "audit.bytes_accounted_for": (
            "listenings",
            "log",
            gettext_noop("Each byte of sound that left is explained by an entry of the log."),
        ),
        "audit.sound_accounted_for": (
            "listenings",
            "log",
            gettext_noop("All sound that left is a listening, a copy or a disclosure on record."),
        ),
        "channels.mailbox": (
            "things",
            "mailbox",
            gettext_noop("The published mailbox is read, and test mails arrive."),
        ),
        "channels.notice_public": (
            "pages",
            "web",
            gettext_noop("Anybody can read the notice in force, in three languages."),
        ),
        "channels.privacy_contact": (
            "things",
            "officer",
            gettext_noop("A privacy contact is set, and somebody holds the officer’s role."),
        ),
        "channels.web_form": (
            "pages",
            "web",
            gettext_noop("The web form for requests answers."),
        ),
        "masking.database": (
            "tables",
            "masking",
            gettext_noop("No table holds a customer’s whole number."),
        ),
        "masking.files": (
            "files",
            "masking",
            gettext_noop(
                "No file in the data folder holds a customer’s whole number, in its name or "
                "plain content."
            ),
        ),
        "masking.key_tones": (
            "lines",
            "lines",
            gettext_noop("Key tones are kept silent on lines where customers press keys."),
        ),
        "masking.logs": (
            "files",
            "masking",
            gettext_noop("No log holds a customer’s whole number."),
        ),
        "purposes.balancing_current": (
            "purposes",
            "balancing",
            gettext_noop(
                "Each purpose that rests on a legitimate interest has a balancing test that "
                "is not overdue."
            ),
        ),
        "purposes.closed_list": (
            "purposes",
            "software",
            gettext_noop("The database knows the notice’s purposes and no others."),
        ),
        "purposes.consent_where_promised": (
            "listenings",
            "consent",
            gettext_noop("What rests on consent has it on record; what does not asks for none."),
        ),
        "purposes.security_second_person": (
            "listenings",
            "access",
            gettext_noop("Each listening for security had an incident and a second person."),
        ),
        "purposes.stated_on_listening": (
            "listenings",
            "access",
            gettext_noop(
                "Each listening has a purpose of the notice, and a reference where it needs one."
            ),
        ),
        "purposes.training_within_activities": (
            "listenings",
            "training",
            gettext_noop("Each listening for training was within an activity and its cap."),
        ),
        "recipients.disclosures_by_law": (
            "disclosures",
            "cases",
            gettext_noop("Each disclosure names its law and its order."),
        ),
        "recipients.employers_listed": (
            "persons",
            "people",
            gettext_noop("Everybody works for a company of the list."),
        ),
        "recipients.no_list_leaves": (
            "pages",
            "software",
            gettext_noop("No page or operation gives out the list of calls as a file."),
        ),
        "recording.begins_after_answer": (
            "calls",
            "recorder",
            gettext_noop("No sound is from before the answer and the announcement."),
        ),
        "recording.clock": (
            "things",
            "recorder",
            gettext_noop("The clock is kept, and the phone system’s clock agrees with it."),
        ),
        "recording.ends_with_call": (
            "calls",
            "recorder",
            gettext_noop("No sound is from after the end of the call."),
        ),
        "recording.listed_lines_only": (
            "calls",
            "lines",
            gettext_noop("Each call is on a line that was listed and recorded at that time."),
        ),
        "recording.only_source": (
            "calls",
            "recorder",
            gettext_noop("Each call came from the recorder’s journal and from nowhere else."),
        ),
        "recording.voice_only": (
            "calls",
            "recorder",
            gettext_noop("The tracks hold voice and nothing else."),
        ),
        "register.agent_named": (
            "calls",
            "unassigned",
            gettext_noop(
                "Each part of a call is of a person of the register, or on the list of "
                "unassigned parts."
            ),
        ),
        "register.length": (
            "calls",
            "software",
            gettext_noop(
                "The length is the end less the start, and that of the sound with its gaps."
            ),
        ),
        "register.notice_version": (
            "calls",
            "software",
            gettext_noop(
                "Each call has the version of the notice that was in force at its start, "
                "unchanged since."
            ),
        ),
        "register.own_number": (
            "calls",
            "lines",
            gettext_noop("Our number of each call is that of a line of the register."),
        ),
        "register.sound_intact": (
            "recordings",
            "damage",
            gettext_noop("A sample of recordings still opens and is unchanged."),
        ),
        "register.times": (
            "calls",
            "software",
            gettext_noop("Times are whole seconds, and no end is before its start."),
        ),
        "residency.no_access_from_outside": (
            "listenings",
            "places",
            gettext_noop("No listening came from outside of the places of the notice."),
        ),
        "residency.places_allowed": (
            "places",
            "places",
            gettext_noop("Each place with data is in a country that the notice names."),
        ),
        "residency.places_declared": (
            "places",
            "places",
            gettext_noop("Each place in use is declared, and checked or attested."),
        ),
        "retention.destroyed_gone": (
            "calls",
            "destruction",
            gettext_noop("What was destroyed is in no store, folder or key."),
        ),
        "retention.holds_honoured": (
            "calls",
            "destruction",
            gettext_noop("What is held is there, and nothing else is over its time."),
        ),
        "retention.none_lost_early": (
            "calls",
            "destruction",
            gettext_noop("Nothing went before its day without an order."),
        ),
        "retention.nothing_overdue": (
            "calls",
            "destruction",
            gettext_noop("Nothing is there that is over its time."),
        ),
        "retention.period": (
            "calls",
            "software",
            gettext_noop(
                "Each call’s day is its end and the months of its version, or less by a rule."
            ),
        ),
        "rights.answered_in_time": (
            "requests",
            "cases",
            gettext_noop("No request is over its limit without an answer."),
        ),
        "rights.corrections_kept": (
            "corrections",
            "software",
            gettext_noop("Corrections stand with what was before and after."),
        ),
        "rights.erasures_done": (
            "requests",
            "destruction",
            gettext_noop("What was to be erased is gone."),
        ),
        "rights.letters_name_authority": (
            "letters",
            "letters",
            gettext_noop("Each letter names the supervisory authority."),
        ),
        "rights.refusals_reasoned": (
            "requests",
            "cases",
            gettext_noop("Each refusal has its law, facts, a second look and a letter."),
        ),
        "rights.restrictions_honoured": (
            "listenings",
            "access",
            gettext_noop("Nobody but a handler listened to what is restricted."),
        ),
        "rights.transfers_answered": (
            "requests",
            "cases",
            gettext_noop("Each request to transfer data has an answer."),
        ),
        "schema.api_surface": (
            "operations",
            "software",
            gettext_noop("Pages and operations are those of the approved list."),
        ),
        "schema.audit_fields": (
            "entries",
            "software",
            gettext_noop("Entries of the log have the approved fields and no others."),
        ),
        "schema.database": (
            "tables",
            "software",
            gettext_noop("Tables and columns are those of the approved list."),
        ),
        "schema.store_metadata": (
            "recordings",
            "store",
            gettext_noop("What is stored carries no more than the approved metadata."),
        ),
        "security.keys_apart": (
            "files",
            "keys",
            gettext_noop("No key lies beside the sound or in the register."),
        ),
        "security.sealed_on_disk": (
            "files",
            "keys",
            gettext_noop("Recordings and journal are sealed on the disk."),
        ),
        "training.before_access": (
            "listenings",
            "course",
            gettext_noop("Each listening was by somebody trained at that time."),
        ),
        "training.group_instruction": (
            "persons",
            "course",
            gettext_noop(
                "The course has the section of the group’s instruction, and each has passed it."
            ),
        ),
    }
)
"""By its id: what it counts, what to do, and what is so where it is kept."""


def looks_at(check: str) -> str:
    """What is so where the check is green; the id of one that has no words."""
    return _(CHECKS[check][2]) if check in CHECKS else check


def found(check: str, evidence: Mapping[str, int | str]) -> str:
    """What it saw last, as sentences."""
    counts = {name: value for name, value in evidence.items() if isinstance(value, int)}
    looked = counts.get("looked_at", max(counts.values(), default=0))
    wrong = counts.get("wrong", counts.get("strange", 0))
    unit = CHECKS[check][0] if check in CHECKS else "things"
    seen = _(UNITS[unit]) % {"looked": looked}
    told = _("Wrong: %(wrong)s.") % {"wrong": wrong} if wrong else _("Nothing is wrong.")
    return f"{seen} {told}"


def to_do(check: str) -> str:
    """What mends it."""
    return _(ADVICE[CHECKS[check][1] if check in CHECKS else "software"])
