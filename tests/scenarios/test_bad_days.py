"""Bad days, for real: processes are killed, the database goes away, a BYE never comes."""

import http.client
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scenarios.worlds import (
    Said,
    World,
    calls,
    kill,
    phone,
    place,
    restarted,
    wait_for,
)
from vaiti.ops.commands import restart
from vaiti.ops.outside import access, disk, recording, restored
from vaiti.ops.outside.sound import codings

pytestmark = pytest.mark.timeout(300)


def said(world: World, customer: str, seconds: int, *extra: str) -> Said:
    """A call of Anna's with the voices of the world's plain call."""
    one = Said(customer, world.plain.line, "anna.astrom", seconds=seconds, extra=extra)
    one.agent_wave, one.customer_wave = world.plain.agent_wave, world.plain.customer_wave
    return one


def of(world: World, customer: str) -> list[tuple[object, ...]]:
    masked = customer[:-3] + "***"
    return [row for row in calls(world) if row[0] == masked]


def appears(world: World, customer: str, patience: float = 60) -> tuple[object, ...]:
    wait_for(f"the call of {customer} does not appear", lambda: bool(of(world, customer)), patience)
    (row,) = of(world, customer)
    return row


FOUR_SECONDS = 2 * 4 * 8000
"""Bytes, of two voices."""


def journalled(world: World) -> int:
    return sum(each.stat().st_size for each in (world.data / "journal").rglob("*.vj"))


def test_n17_killed_recorder_and_keeper_keep_finished_calls_and_the_call_in_progress(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a keeper left the call goes on: recorder/test_reborn.py, and the demo's check."""
    done, cut = said(world, "+358401000111", 2), said(world, "+358402000111", 20)
    place(world, [done])
    with subprocess.Popen(phone(world, cut), stdout=subprocess.PIPE) as ringing:
        wait_for("the call is not recorded", lambda: recording_now(world) == 1)
        before_speech = journalled(world)
        spoken_of = "its speech is not journalled"
        wait_for(spoken_of, lambda: journalled(world) >= before_speech + FOUR_SECONDS, 60)
        before, killed = killed_together(world), time.time()
        spoken = [*codings(cut.agent_wave), *codings(cut.customer_wave)]
        assert disk.find_stretches(world.data, spoken) == [], "readable sound after the kill"
        for name, pid in before.items():
            restarted(world, name, pid)
        ringing.kill()
    _, ended_by, recovered, *_ = appears(world, done.customer)
    assert (ended_by, bool(recovered)) == ("bye", False)
    _, ended_by, recovered, began, ended = appears(world, cut.customer)
    assert (ended_by, bool(recovered)) == ("recovered", True)
    assert recording.instant(began) + 2 <= recording.instant(ended) <= killed
    again = said(world, "+358403000111", 5)
    wait_for("the recorder takes no calls", lambda: accepting(world))
    check_replaced(world, again, capsys)


def check_replaced(world: World, call: Said, capsys: pytest.CaptureFixture[str]) -> None:
    """Keeper and recorder give way to others, the recorder in mid-call."""
    assert restart.main(["keeper", "--data", str(world.data)]) == 0
    with subprocess.Popen(phone(world, call), stdout=subprocess.PIPE) as ringing:
        wait_for("the call is not recorded", lambda: recording_now(world) == 1)
        before = world.pids()["recorder"]
        assert restart.main(["recorder", "--data", str(world.data)]) == 0
        assert world.pids()["recorder"] == state(world)["pid"] != before
        assert ringing.wait(60) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "vaiti: keeper was replaced; it holds what recorder has"
    assert re.fullmatch(r"vaiti: recorder was replaced within [\d.]+ s; its call goes on", told[1])
    _, ended_by, recovered, *_ = appears(world, call.customer)
    assert (ended_by, bool(recovered)) == ("bye", False)


def killed_together(world: World) -> dict[str, int]:
    """The recorder gives nothing to a next keeper, and no next recorder comes to this one."""
    os.kill(world.pids()["recorder"], signal.SIGSTOP)
    return {name: kill(world, name) for name in ("keeper", "recorder")}


def recording_now(world: World) -> int:
    return int(state(world)["recording"])


def accepting(world: World) -> bool:
    return state(world)["state"] == "accepting"


def state(world: World) -> dict[str, Any]:
    return dict(json.loads((world.data / "run" / "recorder.json").read_text()))


def test_a_killed_worker_loses_nothing_and_does_nothing_twice(world: World) -> None:
    several = [said(world, f"+35840{number}555666", 3) for number in range(4, 8)]
    for two in (several[:2], several[2:]):
        before = kill(world, "worker")
        place(world, two)
        restarted(world, "worker", before)
    for one in several:
        appears(world, one.customer)
    wait_for("the log does not verify", lambda: access.verified(world) > 0)


@pytest.mark.whole
def test_a_process_with_the_database_is_replaced_by_a_command(world: World) -> None:
    before = world.pids()["worker"]
    told = world.vaiti("restart", "worker", "--data", str(world.data))
    assert told == "vaiti: worker was replaced\n"
    assert world.pids()["worker"] != before


def test_a_killed_web_server_leaves_no_orphan_at_its_port(world: World) -> None:
    first = listeners(world.web_port)
    before = kill(world, "web")
    restarted(world, "web", before)
    wait_for("the pages do not answer", lambda: healthy(world))
    # each process of the server opens its own, and one may answer before the other has
    wait_for("not all listen", lambda: len(listeners(world.web_port)) == len(first))
    assert not first & listeners(world.web_port)
    world.visitor(world.owner).page("/calls/")


def listeners(port: int) -> set[str]:
    """The sockets that listen at this port (proc(5), net/tcp)."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return {one[9] for one in fields if one[1].endswith(f":{port:04X}") and one[3] == "0A"}


def healthy(world: World) -> bool:
    return health(world) == 200


def health(world: World) -> int:
    client = http.client.HTTPConnection("127.0.0.1", world.web_port, timeout=60)
    try:
        client.request("GET", "/healthz")
        return client.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        client.close()


def test_n22_a_missing_bye_ends_the_call_where_the_customer_fell_silent(world: World) -> None:
    silent = said(world, "+358409000111", 3, "--no-bye", "--linger", "30")
    place(world, [silent])
    assert silent.outcome["ended_by"] == "remote"
    _, ended_by, _, began, ended = appears(world, silent.customer)
    assert ended_by == "silence"
    assert recording.instant(ended) - recording.instant(began) <= 4


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_n19_a_register_on_postgresql_comes_back_whole(world: World) -> None:
    back_up(world)
    back = restored.restored(world, "whole", 0)
    tables = world.rows("SELECT table_name FROM information_schema.tables WHERE table_name ~ '_'")
    own = sorted(name for (name,) in tables if name.startswith(("register_", "people_", "notice_")))
    assert {"register_call", "register_leg", "people_person", "notice_line"} <= set(own)
    for name in (each for each in own if each != "register_check"):  # the verifier goes on
        count = f"SELECT count(*) FROM {name}"
        assert back.rows(count) == world.rows(count), name
    assert calls(back) == calls(world)
    assert back.rows("SELECT count(*) FROM django_session") == [(0,)]
    made = back.rows("SELECT 1 FROM audit_leaf WHERE kind = 'ops:register:restored'")
    assert made == [(1,)]


def back_up(world: World) -> None:
    with (world.data / "vaiti.toml").open("a") as file:
        file.write(restored.SETTINGS.format(workshop=world.workshop))
    world.vaiti("backup", "key", "--data", str(world.data), *restored.recovery(world))
    world.vaiti("backup", "make", "--data", str(world.data))


@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_calls_that_end_while_the_database_is_away_appear_when_it_is_back(
    world: World,
    server: Any,  # noqa: ANN401 - the wheel is not annotated
) -> None:
    server.stop()
    away = said(world, "+358401000222", 2)
    place(world, [away])
    assert away.outcome["status"] == 200
    assert health(world) == 503
    wait_for("the worker does not say so", lambda: "intake" in failing(world))
    wait_for("nobody says that a call waits", lambda: worker(world)["waiting_calls"] == 1)
    server.start()
    appears(world, away.customer, 60)
    wait_for("the worker still says so", lambda: not failing(world))
    wait_for("the call still waits", lambda: worker(world)["waiting_calls"] == 0)
    wait_for("the pages do not answer", lambda: healthy(world))
    world.visitor(world.owner).page("/calls/")


def failing(world: World) -> dict[str, object]:
    return dict(worker(world)["failing"])


def worker(world: World) -> dict[str, Any]:
    return dict(json.loads((world.data / "run" / "worker.json").read_text()))
