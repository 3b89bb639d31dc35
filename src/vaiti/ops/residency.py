"""Where data lies: what is declared, what a program can check, and what somebody has attested.

Countries come from a table. What cannot be asked (who runs a machine, where a disk stands) needs an
attestation in the log, about exactly what is declared, and anew each year.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from vaiti.ops.eea import country_of
from vaiti.ops.sections.backup import Place
from vaiti.ops.sections.general import Keys
from vaiti.ops.sections.places import MACHINE, DataPlace, Needed, host_of
from vaiti.ops.sections.store import FOLDER, S3, StoreSettings
from vaiti.ops.settings import Settings

LASTS = timedelta(days=366)
ALARM = "residency"
BY = "system:init"
CHECKED, ATTESTED, UNATTESTED, UNDECLARED, ELSEWHERE = (
    *("checked", "attested", "unattested", "undeclared"),
    "elsewhere",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a place stands: `state` is CHECKED or ATTESTED where it is well; `at` is since when."""

    needed: Needed
    place: DataPlace | None
    state: str
    at: datetime | None = None

    @property
    def well(self) -> bool:
        return self.state in (CHECKED, ATTESTED)

    def says(self) -> str:
        """What to do about it, or nothing."""
        role = self.needed.role
        if self.state == UNDECLARED:
            return f'nothing says where {role} is; write a [[place]] with role = "{role}"'
        if self.state == ELSEWHERE:
            return f"{role} is not in the country that its [[place]] names, or in none of the EEA"
        if self.state == UNATTESTED:
            return (
                f"nobody has attested where {role} is; whoever answers for it runs: "
                f"vaiti residency attest --role {role}"
            )
        return ""


def needed(settings: Settings) -> list[Needed]:
    """The places that the settings use, the machine itself first."""
    found = [Needed(MACHINE, "")]
    if settings.store.kind == S3:
        found.append(Needed("store", _bucket(settings.store)))
    if settings.former_store.kind == S3:
        found.append(Needed("former_store", _bucket(settings.former_store)))
    if where := _key_service(settings.keys):
        found.append(Needed("keys", where))
    if host := _database_host(settings.database.url):
        found.append(Needed("database", host))
    places: tuple[tuple[str, Place], ...] = (
        ("backup", settings.backup),
        ("key_backup", settings.key_backup),
    )
    for role, place in places:
        if place.kind:
            found.append(Needed(role, place.folder if place.kind == FOLDER else _bucket(place)))
    if host := host_of(settings.mail.host):
        found.append(Needed("mail", host))
    for one in settings.webhooks:
        found.append(Needed(f"webhook:{one.name}", host_of(one.address)))
    if host := host_of(settings.audit_feed.to) if "://" in settings.audit_feed.to else "":
        found.append(Needed("audit_feed", host))
    return found


def standing(settings: Settings, now: datetime) -> list[Standing]:
    """Django must be ready."""
    declared = {one.role: one for one in settings.places}
    return [_standing(settings, one, declared.get(one.role), now) for one in needed(settings)]


def _standing(settings: Settings, one: Needed, place: DataPlace | None, now: datetime) -> Standing:
    if place is None:
        return Standing(one, None, UNDECLARED)
    country = _told_country(settings, one)
    if country is not None:
        return Standing(one, place, CHECKED if country == place.country else ELSEWHERE)
    at = _attested_at(one, place)
    fresh = at is not None and now - at < LASTS
    return Standing(one, place, ATTESTED if fresh else UNATTESTED, at if fresh else None)


def _told_country(settings: Settings, one: Needed) -> str | None:
    """The country of a region, for a bucket or keys of a provider whose regions are known."""
    buckets: dict[str, StoreSettings | Place] = {
        "store": settings.store,
        "former_store": settings.former_store,
        "backup": settings.backup,
        "key_backup": settings.key_backup,
    }
    keys = settings.keys
    if one.role == "keys" and keys.service == "kms" and not keys.folder:
        return country_of(_kms_host(keys), keys.region)
    place = buckets.get(one.role)
    if place is None or place.kind != S3:
        return None
    return country_of(host_of(place.endpoint), place.region)


def statement(one: Needed, place: DataPlace) -> str:
    """What an attestation is about: changed in any part, it is about something else."""
    text = json.dumps([one.where, asdict(place)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _attested_at(one: Needed, place: DataPlace) -> datetime | None:
    from vaiti.audit import reading
    from vaiti.audit.kinds import Kind

    kind = Kind.OPS_RESIDENCY_ATTESTED
    for entry in reading.entries(kind=kind, subject=one.role, limit=20).entries:
        if entry.facts.get("statement") == statement(one, place):
            return entry.at
    return None


def attest(one: Needed, place: DataPlace, by: str, now: datetime) -> None:
    """Writes into the log that `by`, a person's id or a part of the system, has said so."""
    from django.db import transaction

    from vaiti.audit import log
    from vaiti.audit.entry import Facts
    from vaiti.audit.kinds import Kind

    facts: Facts = {
        "statement": statement(one, place),
        "provider": place.provider,
        "country": place.country,
        "contract": place.contract,
    }
    with transaction.atomic():
        kind = Kind.OPS_RESIDENCY_ATTESTED
        log.append(kind, actor=by, subject=one.role, facts=facts, now=now)


def attest_machine(settings: Settings, now: datetime) -> None:
    """Whoever makes a data folder has just said where its machine is."""
    place = next(one for one in settings.places if one.role == MACHINE)
    attest(Needed(MACHINE, ""), place, BY, now)


def watch(settings: Settings, now: datetime) -> None:
    """An alarm for each place that is not where it should be, or of which nobody says where."""
    from vaiti.due import alarms

    for one in standing(settings, now):
        if one.well:
            alarms.clear(ALARM, one.needed.role, now)
        else:
            alarms.raise_alarm(ALARM, one.needed.role, one.state, now)


def faults(settings: Settings, now: datetime) -> Iterator[str]:
    for one in standing(settings, now):
        if not one.well:
            yield one.says()


def _key_service(keys: Keys) -> str:
    """Empty for a passphrase. A module may be a door to another house, and a key process with a
    folder of its own does not tell us what it uses: somebody says where that is.
    """
    if keys.folder:
        return keys.folder
    return {
        "passphrase": "",
        "pkcs11": f"{keys.module} {keys.token}",
        "transit": host_of(keys.address),
        "kms": f"{host} {keys.region}" if (host := _kms_host(keys)) else "",
    }[keys.service]


def _kms_host(keys: Keys) -> str:
    return host_of(keys.address or f"https://kms.{keys.region}.amazonaws.com")


def _bucket(place: StoreSettings | Place) -> str:
    return f"{place.endpoint.rstrip('/')}/{place.bucket}/{place.prefix} {place.region}"


def _database_host(url: str) -> str:
    """Empty for SQLite, and for a server on this machine."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query).get("host", [""])[0]
    host = asked or parts.hostname or ""
    return "" if host.startswith("/") else host_of(host)
