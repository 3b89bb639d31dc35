"""Checks of what programs are told: by a token within its scope alone, and by signed messages."""

import base64
import hashlib
import hmac
import json
import os
import signal
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.world import World, place, wait_for

CALLS = "/api/v1/calls/"
NAME = "crm-of-the-check"
CUSTOMER = "+358401230777"
SECRET = "what the receiver and the register know"
SETTINGS = """
[[webhook]]
name = "check"
address = "https://127.0.0.1:{port}/hook"
secret_file = "check.secret"
events = ["call.kept"]
private = ["127.0.0.0/8"]
authority = "{authority}"
"""


def token_answered(world: World) -> str:
    """A manager's token gives rows of its line; no other call, no other scope, no other day."""
    token = granted(world)
    check_scope(world, token)
    ((found,),) = world.rows(f"SELECT id FROM access_apitoken WHERE name = '{NAME}'")
    world.vaiti("token", "end", "--id", str(found), "--data", str(world.data))
    ended = asked(world, CALLS, token)
    demand(ended == 401, f"a token that has ended was answered {ended}")
    used = world.rows("SELECT count(*) FROM audit_leaf WHERE kind = 'access:token:used'")
    demand(used[0][0] > 0, "the log does not say that a token was used")
    return "200 in its scope, 404 on another line, 403 in another scope, 401 after its end"


def granted(world: World) -> str:
    until = (datetime.fromtimestamp(world.now(), UTC) + timedelta(days=30)).date()
    owner = ("--login", world.manager, "--purpose", "verify", "--line", world.plain.line)
    given = ("--name", NAME, "--scope", "calls:read", "--until", until.isoformat())
    return world.vaiti("token", "add", *given, *owner, "--data", str(world.data)).strip()


def check_scope(world: World, token: str) -> None:
    wanted = (
        (CALLS, 200, "the list"),
        (f"{CALLS}{world.plain.call}", 200, "a call of its line"),
        (f"{CALLS}{world.sold.call}", 404, "a call of another line"),
        ("/api/v1/log", 403, "the log"),
        ("/api/v1/state", 403, "the state"),
    )
    for path, status, what in wanted:
        found = asked(world, path, token)
        demand(found == status, f"the token is answered {found} for {what}, not {status}")
    stranger = asked(world, CALLS, "vaiti_" + "0" * 40)
    demand(stranger == 401, f"a token that was never granted is answered {stranger}")


def asked(world: World, path: str, token: str) -> int:
    return world.visitor().get(path, Authorization=f"Bearer {token}").status


@dataclass
class Letters:
    """What a receiver took, and where it listens."""

    port: int = 0
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


def letter_signed(world: World) -> str:
    """A call that is kept is told to a receiver over TLS, signed; without a word of whose it is."""
    with receiving(world.workshop) as letters:
        subscribe(world, letters.port)
        said = replace(world.plain, customer=CUSTOMER, seconds=2, outcome={}, call="")
        place(world, [said])
        wait_for("no message about a kept call", lambda: bool(letters.taken))
        headers, body = letters.taken[0]
        check_letter(world, headers, body)
    return f"{len(body)} bytes, signed, without number or name"


def check_letter(world: World, headers: dict[str, str], body: bytes) -> None:
    told = json.loads(body)
    demand(told["type"] == "call.kept", f"the message is of {told['type']}")
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    wanted = f"v1,{base64.b64encode(digest).decode()}"
    demand(wanted in headers["webhook-signature"].split(), "the message's signature is wrong")
    rows = world.rows("SELECT id FROM register_call")
    known = {str(row[0]).replace("-", "") for row in rows}
    demand(told["data"]["call"] in known, "the message is about no call of the register")
    secret = (CUSTOMER[3:9], world.owner, world.named(world.owner))
    demand(not any(one.encode() in body for one in secret), "the message says whose call it is")


def subscribe(world: World, port: int) -> None:
    """Names the receiver in the settings, and has the supervisor start the worker anew.

    Before the settings name backups: the worker would tell them of what is destroyed later.
    """
    secret = world.data / "secrets" / "check.secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET)
    with (world.data / "vaiti.toml").open("a") as file:
        file.write(SETTINGS.format(port=port, authority=world.workshop / "receiver.crt"))
    before = world.pids()["worker"]
    os.kill(before, signal.SIGTERM)
    again = "the worker is not started anew"
    wait_for(again, lambda: world.pids().get("worker", before) != before)
    follows = "SELECT 1 FROM audit_follower WHERE name = 'webhook:check'"
    wait_for("the worker knows of no receiver", lambda: bool(world.rows(follows)))


@contextmanager
def receiving(folder: Path) -> Iterator[Letters]:
    """A receiver over TLS on this machine, for a while."""
    letters = Letters()

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = {name.lower(): value for name, value in self.headers.items()}
            letters.taken.append((told, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certified(folder))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    letters.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield letters
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate of the receiver's own, for a day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    where = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = made.add_extension(where, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    paths = folder / "receiver.crt", folder / "receiver.key"
    paths[0].write_bytes(certificate)
    paths[1].touch(mode=0o600)
    paths[1].write_bytes(secret)
    return paths
