"""Every live check there is, by its id: docs/promises.md says in words what each looks at."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from random import Random
from types import MappingProxyType

from vaiti.promises.checks import (
    access,
    channels,
    egress,
    log,
    masking,
    purposes,
    recipients,
    recording,
    register,
    residency,
    retention,
    rights,
    schema,
    security,
    training,
)
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict

Look = Callable[[Site, datetime], Verdict]


class Eye(StrEnum):
    """What a check looks at in the first place."""

    DATABASE = "database"
    DISK = "disk"
    STORE = "store"
    NETWORK = "network"
    LOG = "log"


def _tables(_site: Site, _now: datetime) -> Verdict:
    return schema.database()


def _objects(site: Site, _now: datetime) -> Verdict:
    return schema.store_metadata(site.store, Random())


def _entries(_site: Site, _now: datetime) -> Verdict:
    return schema.audit_fields()


def _addresses(site: Site, _now: datetime) -> Verdict:
    return schema.api_surface(site.paths)


CHECKS: Mapping[str, tuple[Look, Eye]] = MappingProxyType(
    {
        "access.managers_own_people": (access.managers_own_people, Eye.DATABASE),
        "access.named_persons": (access.named_persons, Eye.DATABASE),
        "access.own_calls": (access.own_calls, Eye.DATABASE),
        "access.roles_promised": (access.roles_promised, Eye.DATABASE),
        "audit.bytes_accounted_for": (egress.bytes_accounted_for, Eye.DISK),
        "audit.listening_logged": (log.listening_logged, Eye.LOG),
        "audit.log_whole": (log.log_whole, Eye.LOG),
        "audit.sound_accounted_for": (log.sound_accounted_for, Eye.LOG),
        "channels.mailbox": (channels.mailbox, Eye.DISK),
        "channels.notice_public": (channels.notice_public, Eye.NETWORK),
        "channels.privacy_contact": (channels.privacy_contact, Eye.DATABASE),
        "channels.web_form": (channels.web_form, Eye.NETWORK),
        "masking.database": (masking.database, Eye.DATABASE),
        "masking.files": (masking.files, Eye.DISK),
        "masking.key_tones": (masking.key_tones, Eye.DISK),
        "masking.logs": (masking.logs, Eye.DISK),
        "purposes.balancing_current": (purposes.balancing_current, Eye.DATABASE),
        "purposes.closed_list": (purposes.closed_list, Eye.DATABASE),
        "purposes.consent_where_promised": (purposes.consent_where_promised, Eye.DATABASE),
        "purposes.security_second_person": (purposes.security_second_person, Eye.DATABASE),
        "purposes.stated_on_listening": (purposes.stated_on_listening, Eye.DATABASE),
        "purposes.training_within_activities": (purposes.training_within_activities, Eye.DATABASE),
        "recipients.disclosures_by_law": (recipients.disclosures_by_law, Eye.DATABASE),
        "recipients.employers_listed": (recipients.employers_listed, Eye.DATABASE),
        "recipients.no_list_leaves": (recipients.no_list_leaves, Eye.NETWORK),
        "recording.begins_after_answer": (recording.begins_after_answer, Eye.DATABASE),
        "recording.clock": (recording.clock, Eye.LOG),
        "recording.ends_with_call": (recording.ends_with_call, Eye.DATABASE),
        "recording.listed_lines_only": (recording.listed_lines_only, Eye.DATABASE),
        "recording.only_source": (recording.only_source, Eye.LOG),
        "recording.voice_only": (recording.voice_only, Eye.DATABASE),
        "register.agent_named": (register.agent_named, Eye.DATABASE),
        "register.length": (register.length, Eye.DATABASE),
        "register.notice_version": (register.notice_version, Eye.DATABASE),
        "register.own_number": (register.own_number, Eye.DATABASE),
        "register.sound_intact": (register.sound_intact, Eye.STORE),
        "register.times": (register.times, Eye.DATABASE),
        "residency.no_access_from_outside": (residency.no_access_from_outside, Eye.LOG),
        "residency.places_allowed": (residency.places_allowed, Eye.LOG),
        "residency.places_declared": (residency.places_declared, Eye.LOG),
        "retention.destroyed_gone": (retention.destroyed_gone, Eye.STORE),
        "retention.holds_honoured": (retention.holds_honoured, Eye.STORE),
        "retention.none_lost_early": (retention.none_lost_early, Eye.LOG),
        "retention.nothing_overdue": (retention.nothing_overdue, Eye.DATABASE),
        "retention.period": (retention.period, Eye.DATABASE),
        "rights.answered_in_time": (rights.answered_in_time, Eye.DATABASE),
        "rights.corrections_kept": (rights.corrections_kept, Eye.DATABASE),
        "rights.erasures_done": (rights.erasures_done, Eye.DATABASE),
        "rights.letters_name_authority": (rights.letters_name_authority, Eye.DATABASE),
        "rights.refusals_reasoned": (rights.refusals_reasoned, Eye.DATABASE),
        "rights.restrictions_honoured": (rights.restrictions_honoured, Eye.DATABASE),
        "rights.transfers_answered": (rights.transfers_answered, Eye.DATABASE),
        "schema.api_surface": (_addresses, Eye.NETWORK),
        "schema.audit_fields": (_entries, Eye.LOG),
        "schema.database": (_tables, Eye.DATABASE),
        "schema.store_metadata": (_objects, Eye.STORE),
        "security.keys_apart": (security.keys_apart, Eye.DISK),
        "security.sealed_on_disk": (security.sealed_on_disk, Eye.DISK),
        "training.before_access": (training.before_access, Eye.DATABASE),
        "training.group_instruction": (training.group_instruction, Eye.DATABASE),
    }
)
