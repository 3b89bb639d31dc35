"""The key process as it runs: its own process, a real socket, kills and restarts."""

import contextlib
import json
import os
import signal
import socket
import struct
import tempfile
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nursery import Begun
from vaiti.values.ids import new_call_id
from vaiti.vault.framing import MAX_CONNECTIONS, MAX_MESSAGE
from vaiti.vault.grant import Grant
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.keyprocess import State, handle
from vaiti.vault.keyservice import PassphraseService
from vaiti.vault.keystore import KeyStore
from vaiti.vault.spent import Spent
from vaiti.vault.wrapping import seal_key, seal_manifest
from vault.keyworld import CALL, QUICK, Keys, moved, start_keys, wait_for

Start = Callable[[], Begun]
DAY = date(2027, 5, 23)
DATA_KEY = bytes(range(32))


def take_in(client: KeyClient, day: date | None = DAY) -> bytes:
    """A call as the recorder leaves it, handed to the key process."""
    public = client.describe().intake_public
    return client.rewrap(
        CALL,
        seal_key(public, CALL, DATA_KEY),
        client.describe().intake_day,
        seal_manifest(public, CALL, b'{"state":"complete"}'),
        day,
    )


def refusal(ask: Callable[[], object]) -> str:
    with pytest.raises(KeysRefused) as refused:
        ask()
    return refused.value.code


def raw_connection(keys: Keys) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(keys.config.socket))  # blocking: waits for a place in the queue
    connection.settimeout(60)
    return connection


def threads_of(process: Begun) -> int:
    return len(list(Path(f"/proc/{process.pid}/task").iterdir()))


def memory_of(process: Begun) -> int:
    """Resident, in KiB."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_n17_a_call_is_taken_in_and_its_key_given_against_a_grant(
    keys: Keys, started: Start, grant: Grant
) -> None:
    started()
    client = keys.client()
    assert take_in(client) == b'{"state":"complete"}'
    assert client.unwrap(keys.token(grant)) == DATA_KEY
    assert (client.describe().days, client.describe().calls) == ((DAY,), 1)
    assert client.describe().intake_day == keys.now.date()
    assert client.describe().intake_days == (keys.now.date(),)
    assert client.alive(CALL)
    client.destroy_call(CALL)
    assert not client.alive(CALL)


def test_without_a_day_the_manifest_is_read_and_nothing_kept(
    keys: Keys, started: Start, grant: Grant
) -> None:
    started()
    client = keys.client()
    assert take_in(client, day=None) == b'{"state":"complete"}'
    assert client.describe().calls == 0
    assert refusal(lambda: client.unwrap(keys.token(grant))) == "gone"


def test_n33_expired_early_and_forged_grants_open_nothing(
    keys: Keys, started: Start, grant: Grant
) -> None:
    started()
    client = keys.client()
    take_in(client)
    good = keys.token(grant)
    bad = (
        keys.token(moved(grant, timedelta(hours=-1))),
        keys.token(moved(grant, timedelta(hours=1))),
        good[:-2] + ("AA" if good[-2:] != "AA" else "BA"),
        "",
        "not a token",
    )
    assert {refusal(partial(client.unwrap, token)) for token in bad} == {"refused"}
    assert client.unwrap(good) == DATA_KEY


def test_n19_a_destroyed_call_is_gone_and_neither_read_nor_taken_in_again(
    keys: Keys, started: Start, grant: Grant
) -> None:
    started()
    client = keys.client()
    take_in(client)
    for _ in range(2):
        client.destroy_call(CALL)
    assert refusal(lambda: client.unwrap(keys.token(grant))) == "gone"
    for day in (DAY, None):
        assert refusal(lambda day=day: take_in(client, day)) == "gone", "nor is its manifest read"


def test_n19_of_a_batch_each_manifest_opens_but_those_of_the_destroyed_and_the_foreign(
    keys: Keys, started: Start
) -> None:
    started()
    client = keys.client()
    take_in(client)
    client.destroy_call(CALL)
    told = client.describe()
    today, calls = told.intake_day, [CALL, *(new_call_id() for _ in range(4))]
    texts = [bytes([number]) * 700_000 for number in range(len(calls))]  # of several messages
    sealed = [
        (call, today, seal_manifest(told.intake_public, call, text))
        for call, text in zip(calls, texts, strict=True)
    ]
    sealed[1] = (calls[1], today, sealed[2][2])
    sealed[2] = (calls[2], today - timedelta(days=9), sealed[2][2])
    opened = client.open(sealed, permit=client.permit(calls))
    assert opened == [None, None, None, *texts[3:]]
    other = client.permit([new_call_id()])
    assert refusal(lambda: client.open(sealed[3:], permit=other)) == "malformed"


def test_a_second_data_key_for_a_living_call_is_refused(
    keys: Keys, started: Start, grant: Grant
) -> None:
    started()
    client = keys.client()
    take_in(client)
    today, public = client.describe().intake_day, client.describe().intake_public
    other, manifest = seal_key(public, CALL, b"o" * 32), seal_manifest(public, CALL, b"{}")
    for day in (DAY, DAY + timedelta(days=1)):
        ask = partial(client.rewrap, CALL, other, today, manifest, day)
        assert refusal(ask) == "refused"
    assert client.unwrap(keys.token(grant)) == DATA_KEY


def test_n19_a_day_that_ended_takes_all_its_calls_and_stays_dead(
    keys: Keys, started: Start, grant: Grant
) -> None:
    started()
    client = keys.client()
    take_in(client)
    client.destroy_day(DAY)
    assert refusal(lambda: client.unwrap(keys.token(grant))) == "gone"
    assert refusal(lambda: take_in(client)) == "gone"
    assert client.describe().days == ()


def test_n19_many_calls_are_moved_and_destroyed_in_one_message(
    keys: Keys, started: Start, grant: Grant
) -> None:
    started()
    client, unknown = keys.client(), new_call_id()
    take_in(client)
    client.move([CALL], DAY + timedelta(days=30))
    client.destroy_day(DAY)
    assert client.unwrap(keys.token(grant)) == DATA_KEY
    assert refusal(lambda: client.move([CALL], keys.now.date() - timedelta(days=1))) == "refused"
    assert refusal(lambda: client.move([], DAY + timedelta(days=31))) == "malformed"
    assert client.living([CALL, unknown]) == {CALL}
    client.destroy_calls([CALL, unknown])
    assert client.living([CALL, unknown]) == frozenset()
    assert refusal(lambda: client.unwrap(keys.token(grant))) == "gone"


def test_a_dead_intake_key_opens_no_manifest(keys: Keys, started: Start) -> None:
    started()
    client = keys.client()
    public = client.describe().intake_public
    yesterday = keys.now.date() - timedelta(days=1)
    client.destroy_intake(yesterday)
    sealed = seal_key(public, CALL, DATA_KEY), seal_manifest(public, CALL, b"{}")
    assert refusal(lambda: client.rewrap(CALL, sealed[0], yesterday, sealed[1])) == "gone"
    assert refusal(lambda: client.destroy_intake(keys.now.date())) == "refused"


def test_what_was_sealed_for_one_call_is_not_taken_in_as_another(
    keys: Keys, started: Start
) -> None:
    started()
    client = keys.client()
    description = client.describe()
    wrapped = seal_key(description.intake_public, CALL, DATA_KEY)
    manifest = seal_manifest(description.intake_public, CALL, b"{}")
    other, today = new_call_id(), description.intake_day
    assert refusal(lambda: client.rewrap(other, wrapped, today, manifest, DAY)) == "refused"
    assert refusal(lambda: client.rewrap(CALL, manifest, today, manifest, DAY)) == "refused"
    assert client.describe().calls == 0


def test_a_client_goes_on_after_the_key_process_was_killed_and_restarted(
    keys: Keys, started: Start, grant: Grant
) -> None:
    process = started()
    client = keys.client()
    take_in(client)
    process.kill()
    process.wait()
    with pytest.raises(KeysUnavailable):
        client.describe()
    started()
    assert client.unwrap(keys.token(grant)) == DATA_KEY


def test_a_stale_connection_is_made_again_within_one_question(keys: Keys, started: Start) -> None:
    process = started()
    client = keys.client()
    client.describe()
    process.kill()
    process.wait()
    started()
    assert client.describe().calls == 0


def test_n19_a_kill_right_after_a_destruction_brings_nothing_back(
    keys: Keys, started: Start, grant: Grant
) -> None:
    process = started()
    client = keys.client()
    take_in(client)
    client.destroy_call(CALL)
    process.kill()
    process.wait()
    started()
    assert refusal(lambda: client.unwrap(keys.token(grant))) == "gone"


def test_sigterm_ends_it_cleanly(keys: Keys, started: Start) -> None:
    process = started()
    client = keys.client()
    take_in(client)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    assert not keys.config.socket.exists()
    assert [file.name for file in keys.config.store.parent.iterdir()] == ["keystore.sqlite"]


def test_a_second_key_process_does_not_disturb_the_first(keys: Keys, started: Start) -> None:
    started()
    second = keys.start_alone()
    _, said = second.communicate(timeout=60)
    assert second.returncode != 0
    assert b"another key process" in said
    assert keys.client().describe().calls == 0


def test_the_socket_is_its_owners_alone(keys: Keys, started: Start) -> None:
    started()
    assert keys.config.socket.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to act as another user")
def test_another_user_gets_no_answer_even_where_the_mode_would_let_them_in(
    keys: Keys, started: Start
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        public = Path(folder)
        public.chmod(0o755)
        open_keys = replace(keys, config=replace(keys.config, socket=public / "keys.sock"))
        process = start_keys(open_keys)
        try:
            (public / "keys.sock").chmod(0o666)
            os.seteuid(65534)
            try:
                with raw_connection(open_keys) as connection:
                    assert hung_up(connection)
            finally:
                os.seteuid(0)
        finally:
            process.kill()
            process.wait()


def test_its_memory_stays_out_of_core_dumps(keys: Keys, started: Start) -> None:
    process = started()
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
    assert core.split()[4:6] == ["0", "0"]
    status = Path(f"/proc/{process.pid}/status").read_text()
    locked = next(line for line in status.splitlines() if line.startswith("VmLck"))
    assert keys.client().describe().locked is (int(locked.split()[1]) > 0)


def test_garbage_is_answered_or_hung_up_on_and_the_next_question_is_heard(
    keys: Keys, started: Start
) -> None:
    started()
    for content in (b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"7"):
        with raw_connection(keys) as connection:
            connection.sendall(struct.pack(">I", len(content)) + content)
            (size,) = struct.unpack(">I", connection.recv(4, socket.MSG_WAITALL))
            assert json.loads(connection.recv(size, socket.MSG_WAITALL))["error"] == "malformed"
    with raw_connection(keys) as connection:
        connection.sendall(struct.pack(">I", MAX_MESSAGE + 1) + b"x")
        assert hung_up(connection)
    with raw_connection(keys) as connection:
        connection.sendall(struct.pack(">I", 100) + b"half a message")
    assert keys.client().describe().calls == 0


def test_a_flood_of_connections_is_bounded_and_passes(keys: Keys, started: Start) -> None:
    process = started()
    flood = [raw_connection(keys) for _ in range(MAX_CONNECTIONS + 40)]
    assert all(map(hung_up, flood[MAX_CONNECTIONS:]))
    with pytest.raises(KeysUnavailable):
        keys.client().describe()
    assert threads_of(process) <= MAX_CONNECTIONS + 1
    assert memory_of(process) < 256 << 10
    for connection in flood:
        connection.close()
    wait_for(lambda: threads_of(process) == 1)
    assert keys.client().describe().calls == 0


def test_many_threads_share_one_client(keys: Keys, started: Start, grant: Grant) -> None:
    started()
    client = keys.client()
    take_in(client)
    heard: list[bytes] = []

    def listen() -> None:
        heard.extend(client.unwrap(keys.token(grant)) for _ in range(50))
        client.close()

    threads = [threading.Thread(target=listen) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [DATA_KEY] * 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
fields = st.sampled_from(
    [
        *("call_id", "wrapped", "intake_day", "manifest", "day"),
        *("grant", "what", "calls", "kept", "sealed"),
    ]
)


@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.sampled_from(["describe", "rewrap", "open", "keep", "unwrap", "move", "destroy", "other"]),
    st.dictionaries(fields, json_values),
)
def test_any_message_gets_an_answer(keys: Keys, op: str, message: dict[str, object]) -> None:
    with contextlib.closing(
        KeyStore(keys.config.store, PassphraseService(b"a long passphrase", QUICK))
    ) as store:
        answer = handle(
            {**message, "op": op}, State(store, bytes(32), lambda grant: None, Spent(0)), keys.now
        )
    assert answer["ok"] is (op == "describe" and not {"call_id", "calls"} & set(message))
    assert json.dumps(answer)


def test_a_rotation_that_is_killed_loses_no_key(keys: Keys, started: Start, grant: Grant) -> None:
    """Asked for again and again, and killed in the middle: the store is the old one or the new."""
    process = started()
    take_in(keys.client())
    before = 1
    for _ in range(3):
        asked = threading.Event()

        def rotate(asked: threading.Event = asked) -> None:
            client = keys.client()
            with contextlib.suppress(KeysUnavailable):
                for _ in range(1_000):
                    client.rotate()
                    asked.set()

        thread = threading.Thread(target=rotate)
        thread.start()
        assert asked.wait(60)
        process.kill()
        process.wait()
        thread.join()
        process = started()
        assert keys.client().unwrap(keys.token(grant)) == DATA_KEY
        assert keys.client().keeping().generation > before
        before = keys.client().keeping().generation
