"""What the doctor looks at. Each look is one function: it yields findings and changes nothing."""

import os
import resource
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, InterfaceError

from vaiti.capture.orders import OrdersRefused
from vaiti.capture.signed_orders import read
from vaiti.ops.backup.newest import newest_at
from vaiti.ops.backup.places import keys_place, register_place
from vaiti.ops.canary_rules import obstacle
from vaiti.ops.clocks import clock_of
from vaiti.ops.database_copies import ask, faults
from vaiti.ops.django_start import start_django
from vaiti.ops.finding import FAIL, OK, WARN, Finding
from vaiti.ops.notice_looks import look_at_assessment, look_at_networks
from vaiti.ops.processes import answers_http, names_of
from vaiti.ops.recorder_looks import STALE, look_at_recorder
from vaiti.ops.sections.store import S3
from vaiti.ops.sections.tls import ends_at, tls_files
from vaiti.ops.settings import FILE, Settings, WeakSettings
from vaiti.ops.state_files import read_state, waiting_told
from vaiti.ops.stores import store_faults
from vaiti.values.clock import from_micros
from vaiti.vault.backup_file import KEYS, REGISTER
from vaiti.vault.hardening import anyone_may_trace, swap_in_use
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import StoreError

RENEWAL = timedelta(days=14)  # before a certificate's end
PASSPHRASE = "keystore.passphrase"
SECRETS = ("grant.key", "orders.key", "checkpoint.key", "django.key")


def examine(settings: Settings) -> Iterator[Finding]:
    """All looks, in the order in which one thing rests on another."""
    now = clock_of(settings)()
    looks: tuple[Callable[[Settings, datetime], Iterator[Finding]], ...] = (
        *(look_at_python, look_at_folder, look_at_secrets, look_at_disk, look_at_memory),
        *(look_at_processes, look_at_their_user, look_at_keys, look_at_orders, look_at_recorder),
        look_at_worker,
        *(look_at_web, look_at_database, look_at_training, look_at_certificate, look_at_store),
        *(look_at_canaries, look_at_decoders, look_at_integrity, look_at_backups, look_at_places),
        *(look_at_networks, look_at_assessment, look_at_passwords),
    )
    for look in looks:
        yield from look(settings, now)


def look_at_python(settings: Settings, now: datetime) -> Iterator[Finding]:
    yield Finding(OK, "python", ".".join(map(str, sys.version_info[:3])))


def look_at_folder(settings: Settings, now: datetime) -> Iterator[Finding]:
    open_ones = [
        path
        for path in (settings.folder, *settings.folder.iterdir())
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    for path in open_ones:
        yield Finding(FAIL, "folder", f"others can read {path}; run: chmod go= {path}")
    if not open_ones:
        yield Finding(OK, "folder", f"{settings.folder} is its owner's alone")


def look_at_secrets(settings: Settings, now: datetime) -> Iterator[Finding]:
    sound = True
    keys = settings.keys
    in_file = (keys.service, keys.passphrase, keys.folder) == ("passphrase", "file", "")
    own = (PASSPHRASE,) if in_file else ()
    for name in (*own, *SECRETS):
        path = settings.secrets / name
        if not path.is_file():
            sound = False
            yield Finding(FAIL, "secrets", f"{path} is missing; restore it from your key backup")
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            sound = False
            yield Finding(FAIL, "secrets", f"others can read {path}; run: chmod 600 {path}")
    if sound:
        yield Finding(OK, "secrets", "all there, each its owner's alone")


def look_at_disk(settings: Settings, now: datetime) -> Iterator[Finding]:
    free, wanted = shutil.disk_usage(settings.folder).free, settings.recorder.free_bytes
    if free < wanted:
        yield Finding(FAIL, "disk", f"{free >> 20} MiB free: new calls are refused; free some")
    elif free < 4 * wanted:
        yield Finding(
            WARN, "disk", f"{free >> 20} MiB free; below {wanted >> 20} calls are refused"
        )
    else:
        yield Finding(OK, "disk", f"{free >> 20} MiB free")


def look_at_memory(settings: Settings, now: datetime) -> Iterator[Finding]:
    pattern = Path("/proc/sys/kernel/core_pattern")
    soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    if soft != 0 and pattern.is_file() and pattern.read_text().startswith("|"):
        yield Finding(WARN, "core dumps", "this machine collects them; recorder and keys make none")
    else:
        yield Finding(OK, "core dumps", "recorder and keys make none")
    if anyone_may_trace():
        says = "other processes of a user may be read here; ours refuse it. Better for all: "
        yield Finding(WARN, "tracing", f"{says}sysctl kernel.yama.ptrace_scope=1")
    else:
        yield Finding(OK, "tracing", "no process reads another's memory")


def look_at_processes(settings: Settings, now: datetime) -> Iterator[Finding]:
    names = names_of(settings)
    alive = [name for name in names if is_alive(settings.run / f"{name}.pid")]
    if not alive:
        yield Finding(WARN, "processes", f"none runs; vaiti up --data {settings.folder}")
    elif len(alive) < len(names):
        missing = ", ".join(name for name in names if name not in alive)
        yield Finding(FAIL, "processes", f"not running: {missing}; see {settings.logs}")
    else:
        yield Finding(OK, "processes", ", ".join(alive))


def is_alive(path: Path) -> bool:
    try:
        return Path(f"/proc/{int(path.read_text())}").exists()
    except (FileNotFoundError, ValueError):
        return False


def look_at_their_user(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether other processes of Vaiti could read the key process's files."""
    if settings.keys.folder and settings.keys_home.stat().st_uid != settings.folder.stat().st_uid:
        yield Finding(OK, "keys", "are a service of another user")
        return
    says = "run as the same user as web and worker; docs/operating.md says how to part them"
    yield Finding(WARN, "keys", f"{says}; a demo does not" if settings.demo else says)


def look_at_keys(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        described = KeyClient(settings.keys_socket).describe()
    except (KeysUnavailable, KeysRefused) as error:
        yield Finding(FAIL, "keys", f"{error}; see {settings.logs / 'keys.log'}")
        return
    yield Finding(OK, "keys", f"{described.calls} calls, {len(described.days)} destruction days")
    if described.locked:
        yield Finding(OK, "swap", "the keys' memory is never written to it")
    elif swap_in_use():
        says = "keys may be written to swap: let it lock memory (LimitMEMLOCK=infinity)"
        verdict = WARN if settings.demo else FAIL
        yield Finding(verdict, "swap", f"{says}, or turn swap off (swapoff -a)")
    else:
        yield Finding(
            WARN, "swap", "is off; the keys' memory is not locked, should it be turned on"
        )


def look_at_orders(settings: Settings, now: datetime) -> Iterator[Finding]:
    path = settings.run / "orders.json"
    try:
        public = (settings.secrets / "orders.pub").read_bytes()
        orders = read(path.read_bytes(), public, now.timestamp())
    except FileNotFoundError:
        yield Finding(FAIL, "orders", "there are none, so no call is taken; the worker writes them")
    except OrdersRefused as error:
        yield Finding(FAIL, "orders", f"{error}; the recorder takes no calls by them")
    else:
        recorded = sum(line.recorded for line in orders.lines)
        verdict = OK if recorded and orders.peers else WARN
        until = from_micros(orders.expires_us).isoformat(timespec="minutes")
        yield Finding(
            verdict,
            "orders",
            f"{recorded} lines recorded, {len(orders.peers)} peers, until {until}",
        )


def look_at_worker(settings: Settings, now: datetime) -> Iterator[Finding]:
    state = read_state(settings.run / "worker.json")
    if state is None or now - datetime.fromisoformat(str(state["at"])) > STALE:
        yield Finding(FAIL, "worker", "has said nothing for half a minute")
        return
    failing = state["failing"]
    assert isinstance(failing, dict)
    for name, failure in failing.items():
        yield Finding(
            FAIL, "worker", f"{name} fails since {failure['since']}: {failure['failure']}"
        )
    if int(state.get("waiting_calls", 0)) > 20:  # fewer may have ended just now
        yield Finding(WARN, "intake", waiting_told(state))
    if not failing:
        yield Finding(OK, "worker", "all its work is done")


def look_at_web(settings: Settings, now: datetime) -> Iterator[Finding]:
    place = f"{settings.web.host}:{settings.web.port}"
    if answers_http(settings.web.host, settings.web.port):
        yield Finding(OK, "web", f"answers at {place}")
    else:
        yield Finding(FAIL, "web", f"no answer at {place}; see {settings.logs / 'web.log'}")


def look_at_database(settings: Settings, now: datetime) -> Iterator[Finding]:
    start_django(settings.folder)
    from django.db import connection

    from vaiti.audit.verify import verify_log
    from vaiti.due import alarms
    from vaiti.retention.overdue import count

    try:
        kept = ask(connection)
        report = verify_log((settings.secrets / "checkpoint.pub").read_bytes(), now)
        late, standing = count(now), alarms.standing()
    except (DatabaseError, InterfaceError):
        yield Finding(FAIL, "database", f"cannot be used; see url in {FILE}, and that it runs")
        return
    yield Finding(OK, "database", "answers")
    for _, says in faults(kept, settings.copies):
        yield Finding(FAIL, "database", says)
    if report.ok:
        yield Finding(OK, "audit log", f"whole, {report.size} entries")
    else:
        yield Finding(FAIL, "audit log", f"NOT whole: {report.problems[0]}; vaiti audit verify")
    if late.keys or late.remains:
        yield Finding(FAIL, "destruction", f"late: {late.keys} keys, {late.remains} recordings")
    for alarm in standing:
        since = alarm.raised_at.isoformat(timespec="seconds")
        yield Finding(WARN, "alarm", f"{alarm.kind} {alarm.key} since {since}: {alarm.detail}")


def look_at_training(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Who has a role and may hear nothing yet: for want of training or of an undertaking."""
    start_django(settings.folder)
    from vaiti.people import book, readiness, secrecy, training

    try:
        course, text = training.given_course(), secrecy.given_text()
        people = [card.id for card in book.persons(now) if card.roles]
        lines = readiness.overview(people, now)
    except (DatabaseError, InterfaceError):
        return  # said already
    if course is None:
        yield Finding(WARN, "training", "no course is loaded; run: vaiti course load")
    if text is None:
        yield Finding(WARN, "secrecy", "no undertaking is published; run: vaiti undertaking load")
    ready = sum(one.ready.trained and one.ready.sworn for one in lines)
    if ready == len(lines):
        yield Finding(OK, "training", f"all {ready} with a role are trained and bound to secrecy")
        return
    lacking = f"{len(lines) - ready} of {len(lines)} people with a role hear"
    who = lacking if ready else "nobody is trained and bound to secrecy, so all hear"
    yield Finding(WARN, "training", f"{who} no calls yet; see: vaiti course list")


def look_at_passwords(settings: Settings, now: datetime) -> Iterator[Finding]:
    path = settings.sign_in.breached_passwords
    if path and not os.access(path, os.R_OK):
        yield Finding(
            FAIL,
            "passwords",
            f"{path} cannot be read, and nobody can choose a password: lay the list there again, "
            "or take breached_passwords out of [sign_in]",
        )


def look_at_certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    """How long peers will still take the recorder's certificate."""
    if "tls" not in settings.recorder.transports:
        return
    left = ends_at(tls_files(settings.recorder, settings.folder)) - now
    if left <= timedelta(0):
        yield Finding(FAIL, "certificate", "has ended: no peer connects over TLS; renew it")
    elif left < RENEWAL:
        yield Finding(WARN, "certificate", f"ends in {left.days} days; renew it")
    else:
        yield Finding(OK, "certificate", f"good for {left.days} days")


def look_at_store(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether the bucket can be reached, and destroys what it is told to."""
    where = f"the bucket {settings.store.bucket}" if settings.store.kind == S3 else "in the folder"
    try:
        found = store_faults(settings)
    except (StoreError, WeakSettings) as error:
        yield Finding(FAIL, "store", f"{error}; see [store] in {FILE}")
        return
    for fault in found:
        yield Finding(FAIL, "store", fault.says)
    if settings.former_store.kind:
        told = "[former_store] is named until nothing is left in it; see: vaiti store status"
        yield Finding(WARN, "store", told)
    elif settings.store.kind == S3 and any(settings.store_folder.glob("*/*.vs")):
        told = "recordings lie in the folder and [store] is a bucket: nobody hears them there, and "
        yield Finding(FAIL, "store", f"{told}they are not destroyed; name it in [former_store]")
    if not found:
        yield Finding(OK, "store", where)


def look_at_canaries(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether test calls are placed; what is wrong with one stands among the alarms."""
    if settings.demo:
        return
    if found := obstacle(settings):
        yield Finding(WARN, "test calls", f"none is placed: {found}")
    else:
        yield Finding(OK, "test calls", f"one on each line every {settings.canary.minutes} minutes")


def look_at_decoders(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether every call that is kept can be heard here."""
    start_django(settings.folder)
    from vaiti.ops.decoders import HINT, missing

    try:
        found = missing(now.date())
    except (DatabaseError, InterfaceError):
        return  # said already
    for codec, until in found.items():
        says = f"calls in {codec} are kept until {until}, and none can be heard: {HINT}"
        yield Finding(FAIL, "decoders", says)


def look_at_integrity(settings: Settings, now: datetime) -> Iterator[Finding]:
    """How many recordings were compared with their seals, and whether any is damaged."""
    start_django(settings.folder)
    from vaiti.register import checking

    try:
        found = checking.overview(now - timedelta(days=settings.integrity.days))
    except (DatabaseError, InterfaceError):
        return  # said already
    if found.damaged:
        says = f"{found.damaged} recordings are not what was sealed; see /state/, then the backup"
        yield Finding(FAIL, "integrity", says)
    else:
        days = settings.integrity.days
        says = f"{found.checked} of {found.recordings} recordings compared within {days} days"
        yield Finding(OK, "integrity", says)


def look_at_backups(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether there are recent ones."""
    if not settings.backup.kind:
        if not settings.demo:
            yield Finding(WARN, "backup", f"none is made; see [backup] in {FILE}, docs/backup.md")
        return
    for name, place, kind, hours in (
        ("backup", register_place, REGISTER, settings.backup.late_hours),
        ("key backup", keys_place, KEYS, settings.key_backup.late_hours),
    ):
        try:
            newest = newest_at(place(settings), kind)
        except (StoreError, WeakSettings) as error:
            yield Finding(FAIL, name, str(error))
            continue
        if newest is None or now - newest > timedelta(hours=hours):
            yield Finding(FAIL, name, "there is no recent one; run: vaiti backup make")
        else:
            yield Finding(OK, name, f"of {newest.isoformat(timespec='minutes')}")


def look_at_places(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether everything lies in the EEA, as declared and attested."""
    start_django(settings.folder)
    from vaiti.ops.residency import standing

    try:
        found = standing(settings, now)
    except (DatabaseError, InterfaceError):
        return  # said already
    for one in found:
        if not one.well:
            yield Finding(FAIL, "residency", one.says())
    if all(one.well for one in found):
        where = ", ".join(f"{one.needed.role} {one.place.country}" for one in found if one.place)
        yield Finding(OK, "residency", where)
