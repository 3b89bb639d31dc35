"""One small deployment that keeps every promise, for all the sabotages of the live checks."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer

from access_world import SEED, SESSION
from cast import NOW, SINCE, Cast, make_cast
from retention.world import Recorded, World
from vaiti.access import doors
from vaiti.access.models import Balancing
from vaiti.audit import log
from vaiti.audit.checkpoint import Signer
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.audit.sequencer import sequence
from vaiti.notice import wordings
from vaiti.notice.models import Line
from vaiti.notice.wording import read
from vaiti.ops.quiet_ports import free_port
from vaiti.people.models import CourseVersion, Person
from vaiti.promises.site import Site
from vaiti.register.models import Call, Leg
from vaiti.rights.mail_models import MailCanary
from vaiti.values.clock import to_micros
from vaiti.values.ids import as_uuid

WORDING = read(wordings.text_of("reference"))
FORM = '<html lang="en"><form method="post"><input name="asked"></form></html>'
PATHS = ("ANY calls/", "ANY rights/", "GET api/v1/calls/")


class Pages:
    """What the web process would answer, until a test says something else."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.mend()

    def mend(self) -> None:
        document = {"paths": {"/calls": {"get": {"content": {"application/json": {}}}}}}
        self.answers = {"/rights/": FORM, "/api/openapi.json": json.dumps(document)}
        for language in ("sv", "fi", "en"):
            words = WORDING.sentences[0].text[language]
            self.answers[f"/notice/?language={language}"] = f'<html lang="{language}">{words}'

    @contextmanager
    def served(self) -> Iterator[str]:
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = pages.answers.get(self.path)
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write((body or "").encode())

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", free_port(0, ())), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class Keys:
    """The key process's own memory of what it gave: its socket, and one answer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.given: list[tuple[str, int]] = []

    def mend(self) -> None:
        self.given = [(str(leaf), to_micros(NOW - timedelta(hours=2))) for leaf in self._opened()]

    def _opened(self) -> list[str]:
        opened = Leaf.objects.filter(kind=Kind.ACCESS_LISTENING_OPENED)
        return [one.hex for one in opened.values_list("id", flat=True)]

    @contextmanager
    def served(self) -> Iterator[None]:
        keys = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                while head := self.rfile.read(4):
                    self.rfile.read(int.from_bytes(head, "big"))
                    told = json.dumps({"ok": True, "given": keys.given}).encode()
                    self.wfile.write(len(told).to_bytes(4, "big") + told)

        server = ThreadingUnixStreamServer(str(self.path), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@dataclass(frozen=True)
class Deployment:
    site: Site
    cast: Cast
    world: World
    pages: Pages
    keys: Keys
    paths: list[str]
    recorded: Recorded

    @property
    def folder(self) -> Path:
        return self.site.folder

    @property
    def call(self) -> Call:
        return Call.objects.get(id=as_uuid(self.recorded.call_id))

    @property
    def leg(self) -> Leg:
        return Leg.objects.get(call=self.call)


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """A call of Anna's, which she and Mikko have heard; all that the checks look at is there."""
    cast, world, pages, keys = make_cast(), World(folder, NOW), Pages(), Keys(folder / "given")
    paths = list(PATHS)
    try:
        with pages.served() as address, keys.served():
            recorded = world.kept(NOW - timedelta(hours=3))
            site = replace(_site(folder, world, address), keys_socket=keys.path, paths=paths)
            made = Deployment(site, cast, world, pages, keys, paths, recorded)
            _listen(made)
            keys.mend()
            _lay_out(folder)
            _enter_rows(folder, cast.dpo)
            yield made
    finally:
        world.close()


def _site(folder: Path, world: World, address: str) -> Site:
    return Site(
        folder=folder,
        wording=WORDING,
        store=world.store,
        journal=world.journal,
        keystore=world.secrets.config.store,
        keys_socket=folder,
        web=address,
        needed=("machine",),
        declared={"machine": "FI"},
        mailbox=folder / "mailbox",
        mailed=True,
    )


def _listen(made: Deployment) -> None:
    leg, about = made.leg.id, {"session": SESSION, "now": NOW, "seed": SEED}
    doors.open_recording(made.cast.anna.id, leg, purpose="", reference="", **about)
    doors.open_recording(made.cast.mikko.id, leg, purpose="verify", reference="CASE-1", **about)


def _lay_out(folder: Path) -> None:
    (folder / "logs").mkdir()
    (folder / "logs" / "web.log").write_text('{"message": "served"}\n')
    (folder / "run").mkdir(exist_ok=True)
    (folder / "mailbox" / "new").mkdir(parents=True)
    lines = [{"number": "+358207100000", "keypad": True}]
    body = base64.b64encode(json.dumps({"lines": lines}).encode()).decode()
    (folder / "run" / "orders.json").write_text(json.dumps({"body": body, "signature": ""}))


def _enter_rows(folder: Path, dpo: Person) -> None:
    Line.objects.filter(number="+358207100000").update(keypad=True)
    CourseVersion.objects.create(
        course="basics",
        version="1",
        content={"sections": [{"kind": "secrets_and_customer_data"}]},
        sha256="",
        loaded_at=SINCE,
    )
    MailCanary.objects.create(address="a@b.example", word="w", sent_at=NOW, arrived_at=NOW)
    for line in Line.objects.filter(recorded=True):
        for purpose in WORDING.promised.purposes:
            told = {"purpose": purpose, "line": line.number, "carries": True}
            later = NOW + timedelta(days=90)
            Balancing.objects.create(person=dpo, filed_at=NOW, review_at=later, **told)
    facts = {"statement": "s", "country": "FI", "provider": "p", "contract": "c"}
    kind = Kind.OPS_RESIDENCY_ATTESTED
    log.append(kind, actor="system:init", subject="machine", facts=facts, now=NOW)
    note = sequence(NOW, Signer("vaiti/test", SEED)).note
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "latest").write_text(note)
