"""The worker: takes calls in, signs orders, builds the log's tree, destroys what is due."""

import gc
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.contrib.sessions.backends.db import SessionStore

from vaiti.access import listening
from vaiti.access.doors import settle
from vaiti.audit.checkpoint import Signer
from vaiti.audit.sequencer import MAX_LEAVES, sequence
from vaiti.ops import database_copies, decoders, residency
from vaiti.ops.absence import Absence
from vaiti.ops.accounting import AccountingDesk
from vaiti.ops.backup.watching import backup_steps
from vaiti.ops.canaries import CanaryDesk
from vaiti.ops.canary_rules import obstacle
from vaiti.ops.cases import EVERY as CASES_EVERY
from vaiti.ops.cases import KEPT_EVERY, CaseDesk, rules_of
from vaiti.ops.clock_back import SetBack
from vaiti.ops.clocks import clock_of
from vaiti.ops.cosigners import CosigningDesk
from vaiti.ops.egress import EVERY as EGRESS_EVERY
from vaiti.ops.egress import EgressDesk
from vaiti.ops.feeds.aside import Aside
from vaiti.ops.feeds.collector import Collector
from vaiti.ops.feeds.webhooks import WebhookDesk
from vaiti.ops.heartbeat import HeartbeatDesk, watch_clock
from vaiti.ops.integrity import EVERY, IntegrityDesk
from vaiti.ops.issuing import issuer_of
from vaiti.ops.joining import JoiningDesk
from vaiti.ops.key_client import working_client
from vaiti.ops.leavers import see_leavers_out
from vaiti.ops.leaving import LeavingDesk
from vaiti.ops.listening_watch import watch_emergencies, watch_listening
from vaiti.ops.mailbox.desk import MailboxDesk
from vaiti.ops.mailing.desk import MailDesk
from vaiti.ops.orders import OrdersDesk
from vaiti.ops.pace import Pace
from vaiti.ops.promising import EVERY as PROMISES_EVERY
from vaiti.ops.promising import FIRST as PROMISES_FIRST
from vaiti.ops.promising import PromiseDesk, load_pages
from vaiti.ops.proving import ProofDesk
from vaiti.ops.recorders import group_of
from vaiti.ops.sections.completeness import Completeness
from vaiti.ops.sections.incidents import breach_rules
from vaiti.ops.settings import Settings
from vaiti.ops.settling import DESTROYING, SettlingDesk, held
from vaiti.ops.settling import EVERY as SETTLING_EVERY
from vaiti.ops.silencing import SilencingDesk
from vaiti.ops.steps import Step, run_due, write_state
from vaiti.ops.stores import open_store, require_encoder, watch_store
from vaiti.ops.watch import watch_recorders
from vaiti.people import recertify
from vaiti.playback.egress import FOLDER
from vaiti.register import attribution, parts, quiet, reconciling, sender_clocks, unassigned
from vaiti.register.arrivals import Intake
from vaiti.register.forgetting import forget_seats
from vaiti.retention import gap_rows, leftovers, periods, planning
from vaiti.retention.fulfilling import Fulfilment
from vaiti.retention.overdue import overdue
from vaiti.retention.replay import replay_tombstones
from vaiti.retention.sweep import sweep
from vaiti.rights.handing import end_over
from vaiti.rights.noting import Erasures
from vaiti.values.clock import Clock
from vaiti.vault.gathering import Gatherer
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.keyfiles import read_seed
from vaiti.vault.store import Store

TICK = 0.2
"""Seconds between two looks at what is due."""
GRACE = 5.0
"""Seconds for what is being told to others when the worker ends; else it is told again."""
A_TURN = 1.0
"""Seconds of intake at a time, while calls wait that can enter."""
A_WHILE = 0.5
"""Seconds in each, of a shorter time of storage that is being carried out."""
LATEST = "latest"
DAY = 86_400.0
"""Seconds. A restore needs a new start, and a start begins with what a restore may bring back."""


def work(settings: Settings) -> None:
    """Goes round until SIGTERM or SIGINT; finishes the round under way."""
    load_pages()
    gc.freeze()  # what was loaded stays: looking through it again and again takes time from all
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    intake = intake_of(settings)
    clock, steps, others = clock_of(settings), all_steps(settings, intake), feed_steps(settings)
    slow, placed = slow_steps(settings), canary_steps(settings)
    ordered, dying = order_steps(settings), retention_steps(settings, intake)
    mailed, promised = mailbox_steps(settings), promise_steps(settings)
    settled = settling_steps(settings)
    beside = [
        Aside(name, some, clock, stopped)
        for name, some in (
            *(("feeds", others), ("slow", slow), ("canaries", placed)),
            *(("orders of destruction", ordered), ("retention", dying), ("mailbox", mailed)),
            *(("promises", promised), ("settling", settled)),
        )
    ]
    every = [*steps, *others, *slow, *placed, *ordered, *dying, *mailed, *promised, *settled]
    for one in beside:
        one.start()
    pace = Pace()
    while not stopped.wait(TICK):
        run_due(steps, clock(), time.monotonic())
        told = pace.note(time.monotonic(), intake.settled, intake.waiting, more=intake.more)
        write_state(settings.run / "worker.json", every, clock(), intake=told)
    for one in beside:
        one.join(GRACE)
    write_state(settings.run / "worker.json", every, clock(), stopped=True)


def feed_steps(settings: Settings) -> list[Step]:
    """What is told to others, if the settings name any."""
    steps = []
    if settings.webhooks:
        desk = WebhookDesk(settings.webhooks, settings.secrets)
        steps += [Step("webhooks", 2.0, desk.queue), Step("letters", 1.0, desk.send)]
    if settings.audit_feed.to:
        name = settings.recorder.name
        steps.append(Step("feed", 2.0, Collector(settings.audit_feed, settings.folder, name).step))
    if settings.witnesses:
        steps.append(Step("witnesses", 60.0, CosigningDesk(settings.witnesses).send))
    return steps


def slow_steps(settings: Settings) -> list[Step]:
    """What looks at everything there is, and must keep nobody waiting."""
    proof = ProofDesk(settings, KeyClient(settings.keys_socket))
    desk = IntegrityDesk(open_store(settings), settings.run / "integrity.json", settings.integrity)
    return [
        Step("proof", DAY, proof.look),
        Step("period", 60.0, lambda now: periods.watch(settings.register.months, now)),
        Step("store", DAY, lambda now: watch_store(settings, now)),
        Step("database copies", DAY, lambda now: database_copies.watch(settings.copies, now)),
        Step("residency", DAY, lambda now: residency.watch(settings, now)),
        Step("integrity", EVERY, desk.round),
        Step("sound that left", EGRESS_EVERY, EgressDesk(settings.folder / FOLDER).round),
        *backup_steps(settings),
    ]


def order_steps(settings: Settings) -> list[Step]:
    """Looks through the database's files, which takes its time where they are large."""
    keys, store = working_client(settings), open_store(settings)
    ordered = Fulfilment(keys, store, settings.journal, Erasures(issuer_of(settings)).erased)
    return [Step("orders of destruction", 5.0, ordered.go_on)]


def retention_steps(settings: Settings, intake: Intake) -> list[Step]:
    """A hundred thousand calls that are due at once take minutes, and keep nobody waiting."""
    keys, store = working_client(settings), open_store(settings)
    clock = clock_of(settings)
    lock = settings.run / DESTROYING
    desk = RetentionDesk(keys, store, settings.journal, intake.has_read, clock, lock)
    return [Step("retention", 5.0, desk.round)]


def settling_steps(settings: Settings) -> list[Step]:
    """Takes as much of the processor as it is left, behind everything else."""
    if not settings.store.settle or settings.former_store.kind:
        return []
    desk = settling_desk(settings)
    return [Step("settling", SETTLING_EVERY, desk.background)]


def settling_desk(settings: Settings) -> SettlingDesk:
    keys, store = working_client(settings), open_store(settings)
    seed = read_seed(settings.secrets / "grant.key")
    require_encoder(settings.store.opus_kbits)
    clock = clock_of(settings)
    return SettlingDesk(keys, store, settings.run, seed, clock, settings.store.opus_kbits)


def promise_steps(settings: Settings) -> list[Step]:
    """Looks at everything that callers were told, and waits for the web process's answers."""
    first = time.monotonic() + PROMISES_FIRST
    return [Step("promises", PROMISES_EVERY, PromiseDesk(settings).round, due=first)]


def mailbox_steps(settings: Settings) -> list[Step]:
    """Waits for other people's servers."""
    if not (settings.mailbox.given or settings.mailbox.scanner):
        return []
    return [Step("mailbox", float(settings.mailbox.seconds), MailboxDesk(settings).round)]


def canary_steps(settings: Settings) -> list[Step]:
    """Test calls take seconds, so that nothing else waits for them."""
    if obstacle(settings):
        return []
    return [Step("canaries", 5.0, canary_desk(settings).place)]


def canary_desk(settings: Settings) -> CanaryDesk:
    keys, store = working_client(settings), open_store(settings)
    return CanaryDesk(settings, keys, store, read_seed(settings.secrets / "grant.key"))


def intake_of(settings: Settings) -> Intake:
    keys, store = working_client(settings), open_store(settings)
    return Intake(keys, store, Gatherer(settings.journal), settings.agent_feed)


def all_steps(settings: Settings, intake: Intake) -> list[Step]:
    keys, store = working_client(settings), open_store(settings)
    return [
        *_first_steps(settings, intake, keys, store),
        *_tending_steps(settings, keys, store),
        *_mail_steps(settings),
        *_case_steps(settings, keys, store),
        *_watching_steps(settings, keys),
    ]


def _first_steps(settings: Settings, intake: Intake, keys: KeyClient, store: Store) -> list[Step]:
    """What a start begins with, and what recorders wait for."""
    desk = OrdersDesk(settings, keys, read_seed(settings.secrets / "orders.key"))
    log = LogDesk(settings.checkpoints, signer_of(settings))
    run, group, clock = settings.run, group_of(settings), clock_of(settings)
    return [
        Step("absence", DAY, Absence(run / "worker.json").tell),
        Step("set back", 5.0, SetBack(run / "worker.json").look),
        Step("restored", DAY, lambda now: replay_tombstones(keys, store, now)),
        Step("intake", TICK, lambda now: take_in_for_a_while(intake, clock, now)),
        Step("orders", 2.0, desk.write_if_due),
        Step("log", 2.0, log.build),
        Step("recorder", 5.0, lambda now: watch_recorders(group, now)),
    ]


def _tending_steps(settings: Settings, keys: KeyClient, store: Store) -> list[Step]:
    """What follows from what people and calls did."""
    seed = read_seed(settings.secrets / "grant.key")
    silenced = SilencingDesk(keys, store, settings.journal, seed)
    return [
        Step("sessions", 600.0, forget_sessions),
        Step("leavers", 20.0, see_leavers_out),
        Step("silencing", 2.0, silenced.round),
        Step("joining", 2.0, JoiningDesk(keys, store, seed).round),
        Step("parts", 3600.0, parts.forget),
        Step("copies", 30.0, lambda now: end_over(store, now)),
        Step("leftovers", 3600.0, lambda now: leftovers.clear(store, now)),
        Step("canaries judged", 2.0, canary_desk(settings).judge),
        Step("periods", 1.0, shorten_for_a_while),
        Step("overdue", 60.0, overdue),
        Step("misuse", 600.0, lambda now: watch_listening(settings.misuse, now)),
        Step("emergencies", 2.0, watch_emergencies),
    ]


def _mail_steps(settings: Settings) -> list[Step]:
    mail = MailDesk(settings)
    return [
        Step("warnings", 600.0, mail.queue),
        Step("waiting", 60.0, mail.queue_waiting),
        Step("mail", 10.0, mail.send),
        Step("outside", 60.0, LeavingDesk(settings, mail).send),
    ]


def _case_steps(settings: Settings, keys: KeyClient, store: Store) -> list[Step]:
    cases = CaseDesk(rules_of(settings), keys, store, breach_rules(settings.incidents))
    interval = timedelta(days=settings.access.confirm_days)
    return [
        Step("reviews", 600.0, lambda now: recertify.watch(interval, now)),
        Step("cases", CASES_EVERY, cases.round),
        Step("calls asked for", KEPT_EVERY, cases.keep),
    ]


def _watching_steps(settings: Settings, keys: KeyClient) -> list[Step]:
    """What looks whether all is as it should be, and whose calls are."""
    told, percent = settings.completeness, settings.access.unassigned_percent
    beat = HeartbeatDesk(settings.heartbeat, group_of(settings), keys)
    rules = settings.agent_feed
    return [
        Step("completeness", 60.0, lambda now: watch_completeness(told, now)),
        Step("clocks", 600.0, lambda now: sender_clocks.watch(told.clock_ppm, now)),
        Step("one side", 600.0, lambda now: quiet.watch(told.silences, now)),
        *([] if settings.demo else [Step("clock", 60.0, watch_clock)]),
        Step("keys given", 30.0, AccountingDesk(keys).round),
        Step("decoders", 600.0, decoders.watch),
        Step("heartbeat", float(settings.heartbeat.seconds), beat.beat),
        Step("unassigned", 600.0, lambda now: unassigned.watch(percent, now)),
        Step("agents", 2.0, lambda now: attribution.look_again(rules, now)),
        Step("agent feed", 3600.0, lambda now: forget_seats(rules, now)),
    ]


def take_in_for_a_while(intake: Intake, clock: Clock, now: datetime) -> None:
    """Where hundreds of calls wait no look at what else is due comes between every few of them."""
    until = time.monotonic() + A_TURN
    while intake.step(now) and (intake.waiting or intake.more) and time.monotonic() < until:
        now = clock()


def shorten_for_a_while(now: datetime) -> None:
    """Beside intake and never at the same time, so that calls that arrive do not wait long."""
    until = time.monotonic() + A_WHILE
    while periods.under_way() and time.monotonic() < until:
        periods.carry_out(now)


def forget_sessions(now: datetime) -> None:
    """Removes the rows of sessions that are over: a visitor who only looks at the door makes one.

    They end by the machine's clock, as Django has it, and not by `now`.
    """
    SessionStore.clear_expired()


def watch_completeness(rules: Completeness, now: datetime) -> None:
    """Whether the phone system's records come in time; and the gap register's own end."""
    reconciling.watch_lateness(timedelta(hours=rules.compare_hours), now)
    gap_rows.forget(timedelta(days=rules.keep_days), now)


def signer_of(settings: Settings) -> Signer:
    return Signer(f"vaiti/{settings.recorder.name}", read_seed(settings.secrets / "checkpoint.key"))


@dataclass(frozen=True, slots=True)
class RetentionDesk:
    """Destroys what is due, after what was heard of it is logged: those rows die with it."""

    keys: KeyClient
    store: Store
    journal: Path
    read: Callable[[Path], bool]
    clock: Clock
    lock: Path

    def round(self, now: datetime) -> None:
        while settle(now):
            pass
        listening.settle_of(planning.planned(listening.open_calls()), now)
        with held(self.lock):
            sweep(self.keys, self.store, self.journal, now, self.read, clock=self.clock)


class LogDesk:
    """Builds the tree and writes each signed checkpoint where it can be taken elsewhere."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self.folder, self.signer = folder, signer
        self.size = -1

    def build(self, now: datetime) -> None:
        while True:
            done = sequence(now, self.signer)
            if done.size != self.size and done.note:
                self.keep(done.size, done.note)
                self.size = done.size
            if done.added < MAX_LEAVES:
                return

    def keep(self, size: int, note: str) -> None:
        """Writes the checkpoint beside the earlier ones, then as the latest."""
        for name in (f"{size:012d}", LATEST):
            aside = self.folder / f"{name}.part"
            with aside.open("w", encoding="utf-8") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(self.folder / name)
