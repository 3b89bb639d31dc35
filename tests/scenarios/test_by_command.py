"""A deployment made and changed by commands alone while it runs, over IPv6, with `vaiti up`.

The steps follow each other, as on the day when somebody connects a telephone system.
"""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios.worlds import Said, World, follow_orders, make_ready, orders, wait_for
from vaiti.ops.outside import recording, sound
from vaiti.ops.outside.page import Page
from vaiti.ops.outside.starting import OPTIONS
from vaiti.ops.outside.world import VAITI
from vaiti.ops.phone.sound import write_wave
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.voices.dialogue import dialogue

HOST, LINE = "::1", "+358207100000"
SECONDS_TO_FOLLOW = 60
CUSTOMERS = {"udp": "+358401234567", "tcp": "+46701740605"}

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="needs a kernel with IPv6"),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("by-command")
    both = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    ports = free_port(0, (socket.SOCK_STREAM,)), free_port(0, both)
    made = World(folder / "data", folder, *ports, password="grey moon over ice")
    initiate(made)
    with subprocess.Popen(
        [*VAITI, "up", "--data", str(made.data)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        made.demo = process
        assert process.stdout is not None
        assert b"up at" in process.stdout.readline()
        yield made
        assert made.stop() == 0


def initiate(world: World) -> None:
    """Settings with both sockets of the recorder on IPv6; no peer, no line, one agent."""
    (world.workshop / "password").write_text(world.password + "\n")
    secret = str(world.workshop / "password")
    answers = {
        **{"controller": "Posti", "business-id": "1531864-4", "privacy-contact": "a@example.fi"},
        **{
            "postal-address": "PB 6",
            "visiting-address": "Postvägen 1",
            "telephone": "09 424",
        },
        **{"web": "www.example.fi/samtal", "email": "kundtjanst@example.fi"},
        **{"zone": "Europe/Helsinki", "retention-months": "6", "admin-name": "Aino Laine"},
        **{"admin-login": "aino.laine", "admin-password-file": secret},
        **{"web-port": str(world.web_port), "sip-port": str(world.sip_port)},
    }
    options = [part for name, value in answers.items() for part in (f"--{name}", value)]
    world.vaiti("init", "--data", str(world.data), *options)
    settings = world.data / "vaiti.toml"
    before = settings.read_text()
    head, _, rest = before.partition("[recorder]")
    settings.write_text(f"{head}[recorder]{rest.replace('127.0.0.1', HOST)}")
    person = ("--login", "anna.astrom", "--name", "Anna Åström", "--role", "service_agent")
    world.vaiti(
        *("person", "add", "--data", str(world.data), *person),
        *("--device", "anna.astrom", "--password-file", secret),
    )
    make_ready(world, "anna.astrom")


def answers_options(world: World) -> bool:
    """Whether one OPTIONS over UDP is answered 200; a stranger's gets no answer at all."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as wire:
        wire.settimeout(0.5)
        wire.connect((HOST, world.sip_port))
        request = OPTIONS.format(port=world.sip_port).replace("/TCP", "/UDP")
        wire.send(request.replace("127.0.0.1", f"[{HOST}]").encode())
        try:
            return wire.recv(4096).startswith(b"SIP/2.0 200 ")
        except TimeoutError:
            return False


def call(world: World, transport: str) -> Said:
    """Places one call of six seconds with voices of its own; what the phone printed is in it."""
    said = Said(CUSTOMERS[transport], LINE, "anna.astrom", transport=transport, seconds=6)
    spoken = dialogue(len(transport) + ord(transport[0]), said.seconds, "fi")
    said.agent_wave = world.workshop / f"{transport}-agent.wav"
    said.customer_wave = world.workshop / f"{transport}-customer.wav"
    write_wave(said.agent_wave, spoken.agent)
    write_wave(said.customer_wave, spoken.customer)
    printed = subprocess.run(
        [
            *(*VAITI, "call", "--json", "--to", f"[{HOST}]:{world.sip_port}"),
            *("--customer", said.customer, "--line", LINE, "--agent", said.agent),
            *("--transport", transport, "--seconds", str(said.seconds)),
            *("--agent-audio", str(said.agent_wave)),
            *("--customer-audio", str(said.customer_wave)),
        ],
        capture_output=True,
        check=False,
    ).stdout
    said.outcome = json.loads(printed)
    return said


def alarms(world: World) -> set[str]:
    return {kind for (kind,) in world.rows("SELECT kind FROM due_alarm WHERE cleared_at IS NULL")}


def test_a_peer_that_is_not_listed_gets_no_answer_until_it_is(world: World) -> None:
    wait_for("the recorder has no orders", (world.data / "run" / "orders.json").exists)
    assert not answers_options(world)
    folder = ("--data", str(world.data))
    world.vaiti("peer", "add", *folder, "--name", "pbx", "--address", f"{HOST}/128")
    wait_for("the new peer is not answered", lambda: answers_options(world), SECONDS_TO_FOLLOW)


def test_n11_a_line_is_recorded_from_when_it_is_listed_without_a_restart(world: World) -> None:
    before = world.pids()
    assert call(world, "tcp").outcome["status"] == 403
    wait_for("no alarm", lambda: "unlisted_line" in alarms(world), SECONDS_TO_FOLLOW)
    assert world.rows("SELECT count(*) FROM register_call") == [(0,)]
    assert list((world.data / "store").rglob("*.vs")) == []
    label = ("--label", "Customer service", "--function", "service", "--record")
    talk = ("--parties", "shop stewards", "--subject", "Why.", "--outcome", "Agreed.")
    held = ("--on", "2026-01-01", "--login", "aino.laine")
    world.vaiti("paper", "dialogue", "--data", str(world.data), *talk, *held)
    world.vaiti("line", "add", "--data", str(world.data), "--number", LINE, *label)
    wait_for("the line is not listed", lambda: LINE in str(orders(world)), SECONDS_TO_FOLLOW)
    follow_orders(world)
    assert world.pids() == before


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_n11_n15_a_call_over_ipv6_is_a_row_and_is_heard(world: World, transport: str) -> None:
    said = call(world, transport)
    assert (said.outcome["status"], said.outcome["bye_status"]) == (200, 200)
    masked = said.customer[:-3] + "***"
    rows = f"SELECT id, ended_by FROM register_call WHERE customer = '{masked}'"
    wait_for("the call does not appear", lambda: len(world.rows(rows)) == 1)
    ((row, ended_by),) = world.rows(rows)
    assert ended_by == "bye"
    said.call = recording.plain_id(row)
    visitor = world.visitor("anna.astrom")
    answer = recording.press_listen(visitor, said)
    addresses = [text for text in Page(answer.text).addresses if "/audio/" in text]
    lanes = sound.read_wave(visitor.fetch(min(addresses, key=len))).lanes
    waves = (said.agent_wave, said.customer_wave)
    for wave, lane in zip(waves, lanes, strict=True):
        assert sound.likeness(sound.read_file(wave), lane) > recording.LIKE


def test_a_settings_file_that_is_refused_is_an_alarm_and_changes_nothing(world: World) -> None:
    settings = world.data / "vaiti.toml"
    before = settings.read_text()
    settings.write_text(before + '\n[[peer]]\nname = "all"\naddresses = ["::/0"]\n')
    wait_for("no alarm", lambda: "settings_refused" in alarms(world), SECONDS_TO_FOLLOW)
    assert answers_options(world)
    assert b'"all"' not in orders(world)
    settings.write_text(before)
    wait_for("still an alarm", lambda: "settings_refused" not in alarms(world), SECONDS_TO_FOLLOW)


def test_a_peer_that_is_taken_out_gets_no_answer_any_more(world: World) -> None:
    settings = world.data / "vaiti.toml"
    settings.write_text(settings.read_text().partition("[[peer]]")[0])
    wait_for("still answered", lambda: not answers_options(world), SECONDS_TO_FOLLOW)


def test_tries_and_sessions_count_over_all_web_processes(world: World) -> None:
    """Each request is a connection of its own, and any of the web processes may take it."""
    stranger = world.visitor()
    form = stranger.page("/sign-in").form("/sign-in")
    tries = [stranger.submit(form, login="no.body", password="wrong").status for _ in range(12)]
    assert tries == [403] * 5 + [429] * 7
    here, there = world.visitor("anna.astrom"), world.visitor("anna.astrom")
    pages = [here.page("/account/security/") for _ in range(6)]
    ends = {sum("/sessions/" in form.action for form in page.forms) for page in pages}
    assert len(ends) == 1, "every process lists the same sessions"
    assert {there.get("/account/").status for _ in range(12)} == {200}
    here.submit(here.page("/account/security/").form("/account/security/sessions/end-others"))
    assert {there.get("/account/").status for _ in range(12)} == {302}
    assert {here.get("/account/").status for _ in range(12)} == {200}


def test_n27_a_leaver_is_out_at_once_in_every_web_process(world: World) -> None:
    visitor = world.visitor("anna.astrom")
    world.vaiti("person", "leave", "--data", str(world.data), "--login", "anna.astrom")
    for path in ("/calls/", "/desk/", f"/calls/{'0' * 32}/audio/{'0' * 32}"):
        assert {visitor.get(path).status for _ in range(6)} == {302}
    gone = "SELECT count(*) FROM people_session"
    wait_for("the leaver's session is there yet", lambda: world.rows(gone) == [(0,)], 60)
