"""A peer with a password: who proves it is recorded, others get a challenge and leave no trace."""

import re

from capture_pure.scripted import (
    NOW,
    Client,
    agent,
    customer,
    metadata,
    multipart,
    only,
    orders,
    sdp,
    statuses,
)
from vaiti.capture.events import Allocate, Begin, End, Output, Report, Send
from vaiti.capture.session.session import Session
from vaiti.capture.sip.digest import password_hash
from vaiti.ops.phone.digest import Login, proof
from vaiti.ops.phone.messages import read

PASSWORD = "correct horse battery"
URI = "sip:recorder@192.0.2.1"
TOLD = metadata([customer(), agent()])


def signing_in(*ways: str) -> Client:
    given = orders(
        digest=ways,
        digest_user="sbc",
        digest_sha256=password_hash("SHA-256", "sbc", PASSWORD),
        digest_md5=password_hash("MD5", "sbc", PASSWORD),
    )
    return Client(Session("rec-1", given, ["192.0.2.1"]))


def proven(out: list[Output], method: str, password: str = PASSWORD) -> str:
    """The Authorization that answers the last challenge among `out`."""
    received = read(only(Send, out)[-1].data)
    assert received is not None
    assert received.status == 401
    return "Authorization: " + proof(received, method, URI, Login("sbc", password))


def ask(client: Client, method: str, *headers: str) -> list[Output]:
    if method == "INVITE":
        kind, body = multipart(sdp("1", "2"), TOLD)
        return client.send("INVITE", body, kind, *headers)
    return client.send(method, b"", "", *headers)


def test_a_call_is_recorded_after_its_password_was_proven_for_each_request() -> None:
    client = signing_in("SHA-256", "MD5")
    out = ask(client, "INVITE")
    assert [b"algorithm=SHA-256" in only(Send, out)[-1].data, only(Allocate, out)] == [True, []]
    ask(client, "INVITE", proven(out, "INVITE"))
    out = client.allocate() + client.send("ACK")
    assert statuses(out) == [200]
    assert only(Begin, out)
    again = ask(client, "INVITE")
    assert statuses(again) == [401], "in the dialog too"
    assert statuses(ask(client, "INVITE", proven(again, "INVITE"))) == [200]
    tag, client.our_tag = client.our_tag, "guessed"
    assert statuses(ask(client, "BYE")) == [481], "nobody ends the call who does not know its tags"
    client.our_tag = tag
    out = ask(client, "BYE")
    assert [statuses(out), len(only(End, out))] == [[200], 1], "OpenSIPS proves nothing here"


def test_only_what_the_peer_may_use_is_asked_for_and_options_are_open() -> None:
    client = signing_in("MD5")
    challenge = only(Send, ask(client, "INVITE"))[-1].data.decode()
    assert re.findall("algorithm=([^,]+)", challenge) == ["MD5"]
    assert statuses(ask(client, "OPTIONS")) == [200]


def test_a_wrong_password_is_counted_and_reported_and_takes_no_memory() -> None:
    client = signing_in("SHA-256")
    out = ask(client, "INVITE")
    for _ in range(20):
        out = ask(client, "INVITE", proven(out, "INVITE", "wrong"))
        assert statuses(out) == [401]
        assert [each.kind for each in only(Report, out)] == ["wrong_credentials"]
        assert "sbc" not in only(Report, out)[0].reason
    assert client.session.wrong_credentials == 20
    assert client.session.calls == 0
    assert client.session.endpoint.sizes() == (0, 0, 0)


def test_a_nonce_that_has_grown_old_is_stale_and_no_fault() -> None:
    client = signing_in("SHA-256")
    out = ask(client, "INVITE")
    client.now = NOW + 100
    late = ask(client, "INVITE", proven(out, "INVITE"))
    assert b"stale=true" in only(Send, late)[-1].data
    assert not only(Report, late)
    ask(client, "INVITE", proven(late, "INVITE"))
    assert statuses(client.allocate()) == [200]
