"""Logs hold no personal data, whatever is logged."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.ops.logs import REDACTED, Lines, harmless

NUMBER = "+358401234567"


def line(message: str, *arguments: object, logger: str = "vaiti.x", **extra: object) -> str:
    record = logging.LogRecord(logger, logging.INFO, "file.py", 7, message, arguments, None)
    record.__dict__.update(extra)
    return Lines("web").format(record)


def test_n15_arguments_of_a_message_are_not_written() -> None:
    written = line("call from %s", NUMBER)
    assert json.loads(written)["event"] == "call from %s"
    assert "+358" not in written


@pytest.mark.parametrize("value", [NUMBER, "040 123 4567", 358401234567, "Anna Åström", ["x"]])
def test_a_field_that_may_be_written_hides_what_could_be_personal(value: object) -> None:
    assert json.loads(line("ended", reason=value))["reason"] == REDACTED


def test_a_field_that_is_not_listed_is_not_written() -> None:
    assert "customer" not in json.loads(line("ended", customer="x", reason="bye"))


def test_codes_and_ids_are_written() -> None:
    call = "4bd3ea8357ed379c77738d25d0202b8c"
    found = json.loads(line("ended", reason="silence", call_id=call, count=3))
    assert (found["reason"], found["call_id"], found["count"]) == ("silence", call, 3)


def test_of_other_packages_only_the_place_is_written() -> None:
    written = line(f"GET /calls/?number={NUMBER}", logger="django.request")
    assert "event" not in json.loads(written)
    assert "+358" not in written


def test_an_exception_is_written_by_type_and_place_and_not_by_its_text() -> None:
    try:
        raise ValueError(f"no such customer {NUMBER}")
    except ValueError:
        caught = sys.exc_info()
    record = logging.LogRecord("vaiti.x", logging.ERROR, "file.py", 7, "failed", (), caught)
    written = Lines("web").format(record)
    assert "builtins.ValueError at test_logs.py" in json.loads(written)["failure"]
    assert "+358" not in written


@settings(max_examples=100)
@given(st.from_regex(r"\+?[0-9][0-9 -]{6,14}[0-9]", fullmatch=True))
def test_n15_nothing_that_looks_like_a_number_is_harmless(number: str) -> None:
    assert harmless(number) == REDACTED
    assert harmless(f"from {number} today") == REDACTED


FAILING = """
import asyncio, logging, sys
from pathlib import Path
from vaiti.ops.logs import write_logs

write_logs("recorder", Path(sys.argv[1]))
logging.getLogger("vaiti.x").error("call from %s", "+358401234567")

async def go():
    def heard(data):
        raise ValueError("cannot read " + data)
    asyncio.get_running_loop().call_soon(heard, "+358401234567")
    await asyncio.sleep(0)

asyncio.run(go())
"""


@pytest.mark.parametrize("full", [False, True])
def test_n15_what_goes_wrong_in_the_event_loop_or_in_the_log_itself_tells_no_number(
    tmp_path: Path, full: bool
) -> None:
    path = tmp_path / "recorder.log"
    if full:
        path.symlink_to("/dev/full")
    ran = subprocess.run(
        [sys.executable, "-c", FAILING, str(tmp_path)], capture_output=True, text=True, check=True
    )
    told = ran.stdout + ran.stderr + ("" if full else path.read_text())
    assert "+358" not in told
    if full:
        assert "a log cannot be written: OSError" in ran.stderr
        command = [sys.executable, "-c", f"{FAILING}print('it went on')", str(tmp_path)]
        with Path("/dev/full").open("w") as stderr:
            ran = subprocess.run(
                command, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False
            )
        assert "it went on" in ran.stdout
    else:
        assert json.loads(told.splitlines()[1])["failure"].startswith("builtins.ValueError at ")
