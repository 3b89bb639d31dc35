"""The one settings file of a data folder: read, checked, and refused with a sentence when weak.

Every key is described in docs/settings.md. What is not in the file has the default given here;
what is in the file and not known is refused, so that a misspelt safeguard is never silently off.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

from vaiti.access import activity_rules, emergency_rules, misuse, permit_rules, telling
from vaiti.access.activity_rules import ActivityRules
from vaiti.access.emergency_rules import EmergencyRules
from vaiti.access.misuse import Thresholds
from vaiti.access.permit_rules import PermitRules
from vaiti.access.telling import Telling
from vaiti.capture.orders import TRANSPORTS, Peer
from vaiti.ops.django_config import django_settings, postgresql_database, sqlite_database
from vaiti.ops.networks import Networks, networks_fault
from vaiti.ops.sections.backup import Backup, KeyBackup, backup_fault
from vaiti.ops.sections.canary import CanaryRules, canary_fault
from vaiti.ops.sections.cases import Cases, Premises, cases_fault, premises_fault
from vaiti.ops.sections.completeness import (
    Completeness,
    Heartbeat,
    RecordFormat,
    completeness_fault,
    heartbeat_fault,
)
from vaiti.ops.sections.copies import Copies, copies_fault
from vaiti.ops.sections.database import Database, database_fault
from vaiti.ops.sections.feeds import AuditFeed, Webhook, feeds_fault
from vaiti.ops.sections.general import (
    ROLES,
    Access,
    Controller,
    Integrity,
    Keys,
    Mail,
    Recorder,
    Register,
    SignIn,
    Training,
    Web,
    access_fault,
    keys_fault,
    mail_fault,
    register_fault,
)
from vaiti.ops.sections.identity import Identity, identity_fault, providers_fault
from vaiti.ops.sections.incidents import Incidents, incidents_fault
from vaiti.ops.sections.mailbox import Mailbox, mailbox_fault
from vaiti.ops.sections.media import recorder_fault
from vaiti.ops.sections.number_codes import NumberCodes, number_codes_fault
from vaiti.ops.sections.outside import Outside, WitnessPlace, outside_fault, witnesses_fault
from vaiti.ops.sections.peers import ListedPeer, peers_fault
from vaiti.ops.sections.places import DataPlace, places_fault
from vaiti.ops.sections.reading import (
    FILE,
    WeakSettings,
    is_public,
    port_in_range,
    refuse_unknown,
    section,
    sections,
    typed,
)
from vaiti.ops.sections.store import FormerStore, StoreSettings, stores_fault
from vaiti.ops.sections.tls import tls_fault
from vaiti.people import seats
from vaiti.people.expiry import MAX_MONTHS
from vaiti.people.feed_hook import HookShape, hooks_fault
from vaiti.people.providers import Provider
from vaiti.people.scim_document import ScimRules
from vaiti.people.seats import FeedRules
from vaiti.people.time_boxed import TIME_BOXED

__all__ = ["FILE", "Settings", "WeakSettings", "load_settings", "read_settings"]

LISTS = {
    "agent_hooks": "agent_hook",
    "peers": "peer",
    "providers": "provider",
    "records": "records",
    "webhooks": "webhook",
    "witnesses": "witness",
    "places": "place",
    "premises": "premises",
}
"""What is written as [[one]] for each, and kept as a tuple."""
MOST_BYTES = 1 << 20  # a settings file larger than this is not one


@dataclass(frozen=True)
class Settings:
    """All of `vaiti.toml`, and where the data folder keeps what."""

    folder: Path
    controller: Controller
    register: Register = field(default_factory=Register)
    web: Web = field(default_factory=Web)
    sign_in: SignIn = field(default_factory=SignIn)
    scim: ScimRules = field(default_factory=ScimRules)
    recorder: Recorder = field(default_factory=Recorder)
    access: Access = field(default_factory=Access)
    agent_feed: FeedRules = field(default_factory=FeedRules)
    agent_hooks: tuple[HookShape, ...] = ()
    misuse: Thresholds = field(default_factory=Thresholds)
    telling: Telling = field(default_factory=Telling)
    activities: ActivityRules = field(default_factory=ActivityRules)
    second_person: PermitRules = field(default_factory=PermitRules)
    emergency: EmergencyRules = field(default_factory=EmergencyRules)
    training: Training = field(default_factory=Training)
    completeness: Completeness = field(default_factory=Completeness)
    heartbeat: Heartbeat = field(default_factory=Heartbeat)
    canary: CanaryRules = field(default_factory=CanaryRules)
    cases: Cases = field(default_factory=Cases)
    incidents: Incidents = field(default_factory=Incidents)
    identity: Identity = field(default_factory=Identity)
    number_codes: NumberCodes = field(default_factory=NumberCodes)
    mail: Mail = field(default_factory=Mail)
    mailbox: Mailbox = field(default_factory=Mailbox)
    outside: Outside = field(default_factory=Outside)
    database: Database = field(default_factory=Database)
    keys: Keys = field(default_factory=Keys)
    store: StoreSettings = field(default_factory=StoreSettings)
    former_store: FormerStore = field(default_factory=FormerStore)
    networks: Networks = field(default_factory=Networks)
    integrity: Integrity = field(default_factory=Integrity)
    backup: Backup = field(default_factory=Backup)
    key_backup: KeyBackup = field(default_factory=KeyBackup)
    copies: Copies = field(default_factory=Copies)
    peers: tuple[Peer, ...] = ()
    providers: tuple[Provider, ...] = ()
    records: tuple[RecordFormat, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    witnesses: tuple[WitnessPlace, ...] = ()
    places: tuple[DataPlace, ...] = ()
    premises: tuple[Premises, ...] = ()
    audit_feed: AuditFeed = field(default_factory=AuditFeed)
    demo: bool = False

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    @property
    def store_folder(self) -> Path:
        return self.folder / "store"

    @property
    def keystore(self) -> Path:
        return self.keys_home / "keys" / "keystore.sqlite"

    @property
    def passphrase(self) -> Path:
        within = self.keys_home if self.keys.folder else self.secrets
        return within / "keystore.passphrase"

    @property
    def keys_home(self) -> Path:
        """The folder of the key process's own files."""
        return Path(self.keys.folder) if self.keys.folder else self.folder

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def keys_socket(self) -> Path:
        return Path(self.keys.socket) if self.keys.socket else self.run / "keys.sock"

    def django(self) -> dict[str, Any]:
        """Django's settings for this data folder."""
        url, here = self.database.url, sqlite_database(str(self.folder / "db.sqlite3"))
        database = postgresql_database(url) if url else here
        secret = (self.secrets / "django.key").read_text().strip()
        seconds = self.sign_in.longest_hours * 3600
        return django_settings(database, secret, list(self.web.hosts), self.web.https, seconds)


SECTIONS: Mapping[str, type[Any]] = {
    **{
        item.name: (get_args(item.type) or (item.type,))[0]
        for item in fields(Settings)
        if item.name not in {"folder", "demo"}
    },
    "peers": ListedPeer,
}
"""What is read into each field: the dataclass of its table, or of each of its tables."""


def load_settings(folder: Path) -> Settings:
    """The settings of a data folder. Raises WeakSettings."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        said = f"there is no {path}; make one with: vaiti init --data {folder}"
        raise WeakSettings(said) from error
    except OSError as error:
        raise WeakSettings(f"{path} cannot be read: {error.strerror}") from error
    return parse_settings(text, folder)


def parse_settings(text: bytes, folder: Path) -> Settings:
    """The settings that a file with this text states. Raises WeakSettings."""
    path = folder / FILE
    if len(text) > MOST_BYTES:
        raise WeakSettings(f"{path} is larger than {MOST_BYTES} bytes; it is not a settings file")
    try:
        document = tomllib.loads(text.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WeakSettings(f"{path} is not TOML: {error}") from error
    return read_settings(document, folder.resolve())


def read_settings(document: dict[str, Any], folder: Path) -> Settings:
    """The settings that a parsed document states. Raises WeakSettings."""
    known = {one.name for one in fields(Settings)} - {"folder"} - set(LISTS) | set(LISTS.values())
    refuse_unknown(document, known, "the file")
    found: dict[str, Any] = {
        name: sections(kind, document, LISTS[name])
        if name in LISTS
        else section(kind, document.get(name, {}), f"[{name}]")
        for name, kind in SECTIONS.items()
    }
    secrets = folder / "secrets"
    found["peers"] = tuple(peer.known_by_hashes(secrets) for peer in found["peers"])
    demo = typed(document.get("demo", False), bool, "demo")
    settings = Settings(folder=folder, demo=demo, **found)
    for check in CHECKS:
        check(settings)
    return settings


def check_controller(settings: Settings) -> None:
    for name in ("name", "business_id", "privacy_contact"):
        if not getattr(settings.controller, name).strip():
            raise WeakSettings(
                f"{name} in [controller] is empty; callers are told it, so it must be written"
            )
    if not re.fullmatch(r"[A-Z]{2}", settings.register.country):
        raise WeakSettings("country in [register] is two capital letters, such as FI")


def check_web(settings: Settings) -> None:
    web = settings.web
    port_in_range(web.port, "port in [web]")
    if is_public(web.host, "host in [web]") and not (web.public and web.https):
        raise WeakSettings(
            f"host in [web] is {web.host}, which other machines can reach. Put a proxy with TLS "
            "before it and write https = true and public = true, or write host = 127.0.0.1"
        )
    if not web.hosts or "*" in web.hosts:
        raise WeakSettings("hosts in [web] lists the names that browsers use, and never *")


def check_sign_in(settings: Settings) -> None:
    rules = settings.sign_in
    if not 1 <= rules.idle_minutes <= 24 * 60 or not 1 <= rules.longest_hours <= 24:
        raise WeakSettings(
            "idle_minutes in [sign_in] is from 1 to 1440, and longest_hours from 1 to 24"
        )
    if not rules.second_factor and not settings.demo:
        raise WeakSettings(
            "second_factor in [sign_in] is false, which only a demo may have; write true. "
            "Administrators enrol a passkey or an app at their first sign-in"
        )
    if rules.breached_passwords and not Path(rules.breached_passwords).is_absolute():
        raise WeakSettings("breached_passwords in [sign_in] is the whole path of a file, from /")
    for role in (settings.scim.role, *settings.scim.roles.values()):
        if role and role not in ROLES:
            raise WeakSettings(f"role or roles in [scim] names the unknown role {role}")
        if role in TIME_BOXED:
            raise WeakSettings(f"[scim] names {role}, which needs an end; grant it by hand")


def check_outside(settings: Settings) -> None:
    fault = providers_fault(settings.providers, frozenset(ROLES))
    fault = fault or feeds_fault(settings.webhooks, settings.audit_feed, settings.secrets)
    if fault := fault or witnesses_fault(settings.witnesses):
        raise WeakSettings(fault)


def check_recorder(settings: Settings) -> None:
    recorder = settings.recorder
    port_in_range(recorder.port, "port in [recorder]")
    if not re.fullmatch(r"[a-z0-9-]{1,40}", recorder.name):
        raise WeakSettings("name in [recorder] is of small letters, digits and -, at most 40")
    for name, host in (("host", recorder.host), ("media_host", recorder.media_host)):
        if is_public(host, f"{name} in [recorder]") and not recorder.public:
            raise WeakSettings(
                f"{name} in [recorder] is {host}, which other machines can reach. If only the "
                "telephone system's network reaches it, write public = true; or use 127.0.0.1"
            )
    if not recorder.transports or not set(recorder.transports) <= TRANSPORTS:
        raise WeakSettings('transports of [recorder] are among "udp", "tcp" and "tls"')
    if "tls" in recorder.transports and (fault := tls_fault(recorder, settings.folder)):
        raise WeakSettings(fault)
    if fault := recorder_fault(recorder):
        raise WeakSettings(fault)


def check_sections(settings: Settings) -> None:
    fault = keys_fault(settings.keys) or access_fault(settings.access)
    if fault := fault or peers_fault(settings.peers) or mail_fault(settings.mail):
        raise WeakSettings(fault)
    if not 1 <= settings.training.months <= MAX_MONTHS:
        raise WeakSettings(f"months in [training] is from 1 to {MAX_MONTHS}")


def check_rooms(settings: Settings) -> None:
    """Sections whose room says itself what it takes."""
    faults = {
        "agent_feed": seats.fault(settings.agent_feed) or hooks_fault(settings.agent_hooks),
        "register": register_fault(settings.register),
        "database": database_fault(settings.database.url),
        "canary": canary_fault(settings.canary),
        "cases": cases_fault(settings.cases),
        "incidents": incidents_fault(settings.incidents),
        "mailbox": mailbox_fault(settings.mailbox, settings.mail),
        "identity": identity_fault(settings.identity, https=settings.web.https or settings.demo),
        "number_codes": number_codes_fault(settings.number_codes),
        "premises": premises_fault(settings.premises, settings.controller),
        "heartbeat": heartbeat_fault(settings.heartbeat),
        "outside": outside_fault(settings.outside, settings.mail.host),
        "completeness": completeness_fault(settings.completeness, settings.records),
        "misuse": misuse.fault(settings.misuse),
        "telling": telling.fault(settings.telling),
        "activities": activity_rules.fault(settings.activities),
        "second_person": permit_rules.fault(settings.second_person),
        "emergency": emergency_rules.fault(settings.emergency),
    }
    for name, found in faults.items():
        if found:
            raise WeakSettings(f"[{name}]: {found}")


def check_store(settings: Settings) -> None:
    if not 1 <= settings.integrity.days <= 366:
        raise WeakSettings("days in [integrity] is from 1 to 366; usual is 30")
    places = (settings.backup, settings.key_backup, settings.store)
    fault = places_fault(settings.places) or networks_fault(settings.networks)
    fault = fault or stores_fault(settings.store, settings.former_store)
    if fault := fault or backup_fault(*places, settings.folder) or copies_fault(settings.copies):
        raise WeakSettings(fault)


CHECKS = (
    *(check_controller, check_web, check_sign_in, check_recorder),
    *(check_sections, check_rooms),
    *(check_outside, check_store),
)
