"""SIP over TLS: both sides show a certificate, and only listed ones are answered."""

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from authority import Authority
from recorder.world import ANSWER_WITHIN, World
from vaiti.capture.orders import Peer
from vaiti.capture.recorder.tls import (
    HANDSHAKE_S,
    TlsFiles,
    TlsUnusable,
    make_context,
    proven_names,
)
from vaiti.ops.phone.plan import Identity

PEER = Peer("sbc", ("127.0.0.0/8",), transports=("tls",), certificates=("sbc.example",))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def world(tmp_path: Path, authority: Authority) -> Iterator[World]:
    """A recorder with a certificate, and one peer that may use TLS only."""
    authority.issue("recorder")
    world = World(tmp_path)
    world.write_orders(peers=(PEER,))
    world.start()
    try:
        yield world
    finally:
        world.end()


def dial(world: World, identity: Identity | None, transport: str = "tls") -> int:
    plan = world.plan(
        transport=transport, port=world.port(transport), identity=identity, seconds=0.4
    )
    return asyncio.run(world.place(plan, b"\xd5" * 8000, b"\x55" * 8000)).status


def test_n17_a_call_over_tls_is_in_the_journal(world: World, authority: Authority) -> None:
    assert dial(world, authority.identity("sbc.example", authority.path)) == 200
    assert world.stop() == 0
    [call] = world.recorded()
    assert call.manifest is not None
    assert (call.manifest.state, call.manifest.ended_by) == ("complete", "bye")
    # where the machine is slow the BYE may come before the last packet of each stream
    late = call.manifest.drops.get("after_end", 0)
    assert late <= 2 and call.manifest.packets + late == 40


def test_a_peer_may_be_listed_by_its_fingerprint(world: World, authority: Authority) -> None:
    certificate, key, fingerprint = authority.issue("any.example")
    world.write_orders(peers=(replace(PEER, certificates=(fingerprint,)),))
    identity = Identity(str(certificate), str(key), str(authority.path))
    world.wait_for(lambda: asked(world, identity, authority.path))
    assert dial(world, identity) == 200


OPTIONS = (
    b"OPTIONS sip:recorder@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK1\r\n"
    b"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:recorder@127.0.0.1>\r\nCall-ID: 1\r\n"
    b"CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


def asked(world: World, identity: Identity | None, authority: Path) -> bytes:
    """What an OPTIONS over TLS is answered, nothing if the connection does not come about."""
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.key)
    try:
        with (
            socket.create_connection(
                ("127.0.0.1", world.port("tls")), timeout=ANSWER_WITHIN
            ) as plain,
            context.wrap_socket(plain) as secured,
        ):
            secured.sendall(OPTIONS)
            return secured.recv(1000)
    except (ssl.SSLError, ConnectionError, TimeoutError):
        return b""


def test_a_listed_certificate_is_answered_and_no_other_one(
    world: World, authority: Authority, tmp_path: Path
) -> None:
    stranger = Authority(tmp_path, "stranger")
    trusted = authority.path
    listed = authority.identity("sbc.example", trusted)
    assert asked(world, listed, trusted).startswith(b"SIP/2.0 200")
    assert asked(world, authority.identity("other.example", trusted), trusted) == b""
    assert asked(world, stranger.identity("sbc.example", trusted), trusted) == b""
    assert asked(world, None, trusted) == b""
    assert world.recorded() == []


def test_a_peer_that_is_listed_for_tls_gets_no_answer_over_tcp(world: World) -> None:
    with socket.create_connection(("127.0.0.1", world.port("tcp")), timeout=ANSWER_WITHIN) as plain:
        assert _let_go(plain)


def _let_go(plain: socket.socket) -> bool:
    try:
        return plain.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


def test_who_has_no_peers_address_sees_no_handshake(world: World) -> None:
    world.write_orders(peers=(replace(PEER, addresses=("192.0.2.7/32",)),))
    world.wait_for(lambda: _silent(world.port("tls")))


def _silent(port: int) -> bool:
    """Whether a connection is let go before a byte of TLS is answered."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.3) as plain:
        return _let_go(plain)


def test_a_handshake_that_is_never_finished_is_given_up(world: World) -> None:
    with socket.create_connection(("127.0.0.1", world.port("tls"))) as plain:
        plain.settimeout(HANDSHAKE_S * 5)
        plain.sendall(b"\x16\x03\x01")
        assert _let_go(plain)


def test_a_renewed_certificate_is_shown_without_a_restart(
    world: World, authority: Authority
) -> None:
    identity = authority.identity("sbc.example", authority.path)
    before = shown(world, identity)
    certificate, _, fingerprint = authority.issue("recorder")
    assert shown(world, identity) == fingerprint != before
    certificate.write_bytes(b"half a certificate")
    assert shown(world, identity) == fingerprint


def shown(world: World, identity: Identity) -> str:
    """The fingerprint of the recorder's certificate."""
    context = ssl.create_default_context(cafile=identity.authority)
    context.check_hostname = False
    context.load_cert_chain(identity.certificate, identity.key)
    with (
        socket.create_connection(("127.0.0.1", world.port("tls"))) as plain,
        context.wrap_socket(plain) as secured,
    ):
        return f"sha256:{hashlib.sha256(secured.getpeercert(True) or b'').hexdigest()}"


def test_the_common_name_proves_nothing(authority: Authority) -> None:
    certificate, _, fingerprint = authority.issue("sbc.example")
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
    assert proven_names(der) == (fingerprint, "sbc.example")
    der = ssl.PEM_cert_to_DER_cert(authority.path.read_text())
    assert len(proven_names(der)) == 1
    assert len(proven_names(b"no certificate")) == 1


@pytest.mark.parametrize("broken", ["certificate", "key", "authorities"])
def test_files_that_cannot_be_used_are_named(authority: Authority, broken: str) -> None:
    certificate, key, _ = authority.issue("recorder")
    files = TlsFiles(certificate, key, authority.path)
    make_context(files)
    getattr(files, broken).write_bytes(b"nothing")
    with pytest.raises(TlsUnusable, match="tls_"):
        make_context(files)


def test_the_doors_are_few(world: World, authority: Authority) -> None:
    """Handshakes that never end take no memory for ever and keep no peer out when they are over."""
    port = world.port("tls")
    with ExitStack() as idle:
        doors = [_door(port, idle) for _ in range(300)]
        world.wait_for(lambda: sum(map(_closed, doors)) >= 300 - 256)
    listed = authority.identity("sbc.example", authority.path)
    world.wait_for(lambda: asked(world, listed, authority.path))


def _door(port: int, kept: ExitStack) -> socket.socket | None:
    """None if it was shut before it was open."""
    try:
        return kept.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
    except (ConnectionError, TimeoutError):
        return None


def _closed(sock: socket.socket | None) -> bool:
    if sock is None:
        return True
    sock.setblocking(False)
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
