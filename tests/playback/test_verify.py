"""Verifying a recording: it is what was sealed, or it is not (N-04)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from audio.streams import speech, stream
from playback.studio import Kept, Studio
from vaiti.playback.verify import verify
from vaiti.vault.keyclient import KeysRefused
from vaiti.vault.opening import Tampered

Fault = Callable[[bytes], bytes]


def kept_by(studio: Studio, finished: bool = True) -> Kept:
    return studio.keep(stream(speech(200)), finished=finished)


@pytest.mark.parametrize("finished", [True, False])
def test_a_whole_recording_is_verified(studio: Studio, finished: bool) -> None:
    kept = kept_by(studio, finished)
    found = verify(studio.open(kept), studio.client, studio.store)
    assert found.segments == kept.recording["segments"] > 5
    assert found.sha256 == kept.recording["sha256"]


def flipped(place: int) -> Fault:
    return lambda sealed: sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]


@pytest.mark.parametrize(
    "fault",
    [
        *(flipped(place) for place in (0, 5, 39, 40, 4096, 9000, -1 % 20_000)),
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:8192],
        lambda sealed: sealed + b"\0",
        lambda sealed: sealed[:4096] + sealed[8192:12_288] + sealed[4096:8192] + sealed[12_288:],
        lambda sealed: b"",
    ],
)
def test_n04_every_fault_is_found(studio: Studio, fault: Fault) -> None:
    kept = kept_by(studio)
    path = studio.store.path(kept.object_id)
    path.write_bytes(fault(path.read_bytes()))
    with pytest.raises(Tampered):
        verify(studio.open(kept), studio.client, studio.store)


def test_n04_an_object_sealed_again_is_not_the_one_that_the_manifest_names(
    studio: Studio,
) -> None:
    kept = kept_by(studio)
    forged = replace(kept, recording=kept.recording | {"sha256": "0" * 64})
    with pytest.raises(Tampered, match="manifest"):
        verify(studio.open(forged), studio.client, studio.store)


def test_bytes_behind_an_unfinished_recording_are_found(studio: Studio) -> None:
    kept = kept_by(studio, finished=False)
    path = studio.store.path(kept.object_id)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(Tampered, match="longer"):
        verify(studio.open(kept), studio.client, studio.store)


def test_n19_a_destroyed_call_cannot_be_verified(studio: Studio) -> None:
    kept = kept_by(studio)
    studio.client.destroy_call(kept.call_id)
    with pytest.raises(KeysRefused):
        verify(studio.open(kept), studio.client, studio.store)
