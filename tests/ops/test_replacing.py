"""What is not replaced, and why; that it is replaced in mid-call: scenarios/test_bad_days.py."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ops.test_settings import CONTROLLER
from vaiti.ops.replacing import CannotReplace, meant, replace
from vaiti.ops.settings import Settings, read_settings

NOBODY = 2**22 + 1  # past the largest number that a process may have


def settings_in(folder: Path, **recorder: Any) -> Settings:  # noqa: ANN401 - as in the file
    return read_settings({"controller": CONTROLLER, "recorder": recorder}, folder)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Of a deployment that is up, in whose recorder are three calls."""
    run = tmp_path / "run"
    run.mkdir()
    (run / "recorder.pid").write_text(f"{NOBODY}\n")
    say(run, calls=3, lasting=False)
    with up(run):
        yield tmp_path


@contextmanager
def up(run: Path) -> Iterator[None]:
    """A supervisor has the folder."""
    with (run / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(run: Path, **facts: object) -> None:
    (run / "recorder.json").write_text(json.dumps({"pid": NOBODY, "at_us": 1, **facts}))


def refused(name: str, settings: Settings, says: str) -> None:
    with pytest.raises(CannotReplace, match=says):
        replace(name, settings)


def test_calls_that_would_end_keep_their_recorder(folder: Path) -> None:
    refused("recorder", settings_in(folder), r"\(3 now\): keeper in \[recorder\] is false")
    kept = settings_in(folder, keeper=True)
    refused("recorder", kept, "nothing is left to a next one now.*keeper_lost")
    say(folder / "run", calls=3, lasting=True)
    refused("recorder", settings_in(folder), r"keeper in \[recorder\] is false")


def test_what_does_not_run_is_told_of(folder: Path, tmp_path: Path) -> None:
    kept = settings_in(folder, keeper=True)
    say(folder / "run", calls=3, lasting=True)
    refused("recorder", kept, "recorder does not run just now; see .*recorder.err")
    (folder / "run" / "recorder.pid").unlink()
    refused("recorder", kept, "recorder does not run just now; nothing was replaced")
    refused("web", kept, "web does not run just now; see .*web.log")
    (folder / "run" / "up.lock").unlink()
    refused("recorder", kept, "no vaiti up runs for ")


def test_a_name_means_every_one_of_its_kind(tmp_path: Path) -> None:
    several = settings_in(tmp_path, processes=3, rtp_ports="30000-34099", keeper=True)
    assert meant("recorder", several) == ["recorder", "recorder-2", "recorder-3"]
    assert meant("recorder-1", several) == ["recorder"]
    assert meant("keeper-3", several) == ["keeper-3"]
    assert meant("front", several) == ["front"]
    assert meant("front-keeper", several) == ["front-keeper"]
    for name in ("recorder-4", "front-1", "supervisor"):
        with pytest.raises(CannotReplace, match=r"starts no .* here, but keys, worker, "):
            meant(name, settings_in(tmp_path))
