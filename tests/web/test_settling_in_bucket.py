"""A recording settles in a bucket that keeps every version, cut off on the way: it is heard all the
time, no version of the original is left, and its end is that of every call."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from cast import NOW, Cast
from vaiti.audio import lossy
from vaiti.audit import certificate
from vaiti.audit.checkpoint import Signer
from vaiti.audit.sequencer import sequence
from vaiti.ops.clocks import machine_clock
from vaiti.ops.seaweed import make_bucket, seaweed
from vaiti.promises.older.scan import Where, scan
from vaiti.register import checking
from vaiti.register.models import Call
from vaiti.retention import certificates
from vaiti.retention.certificates import Issuer
from vaiti.retention.destroy import execute
from vaiti.retention.moving import move
from vaiti.retention.planning import plan
from vaiti.retention.settle import GRACE
from vaiti.values.ids import new_object_id
from vaiti.vault.s3 import S3Store
from vaiti.vault.s3_bucket import Bucket, Trace
from vaiti.vault.store import FolderStore, Store
from vaiti.vault.two_stores import TwoStores
from vaiti.web.http import wiring
from vault.test_s3 import VERSIONED
from web.conftest import SignIn
from web.test_settling import Killed, call_of, facts, pack
from web.test_settling_opus import desk as opus_desk
from web.test_silencing import heard, object_of
from web.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

SIGNER = Signer("vaiti/test", bytes(range(32)))


@pytest.fixture(scope="module")
def versioned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with seaweed(tmp_path_factory.mktemp("seaweed")) as place:
        made = make_bucket(replace(place, bucket="versioned"))
        made.ask("PUT", "", {"versioning": ""}, "keep versions", VERSIONED)
        yield made


@pytest.fixture
def bucket(world: World, versioned: Bucket) -> S3Store:
    """The world's store from now on, a corner of its own."""
    store = S3Store(Bucket(replace(versioned.place, prefix=f"{new_object_id()}/"), machine_clock))
    use(world, store)
    return store


def use(world: World, store: Store) -> None:
    world.store = store  # type: ignore[assignment]
    wiring.install(world.wiring())


def test_n17_n18_settled_in_a_bucket_no_version_is_left_of_original_or_call(
    world: World, bucket: S3Store, cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, manager = call_of(world), sign_in(cast.mikko)
    sound, old = heard(manager, call), object_of(call)
    bucket.put(old, [bucket.get(old, 0, 1 << 24)])
    bucket.bucket.ask("POST", bucket.key(old), {"uploads": ""}, "begin an upload")
    assert len(bucket.traces(old)) == 3, "two versions and an upload"

    real_put, real_remove, removed = S3Store.put, Bucket.remove, list[Trace]()

    def put_and_die(store: S3Store, *given: object) -> str:
        real_put(store, *given)  # type: ignore[arg-type]
        raise Killed

    def remove_one_and_die(one: Bucket, trace: Trace) -> None:
        if removed:
            raise Killed
        real_remove(one, trace)
        removed.append(trace)

    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(S3Store, "put", put_and_die)
        pack(world)
    assert object_of(call) == old and np.array_equal(heard(manager, call), sound)
    assert pack(world) == 1, "what was begun is removed, and made anew"
    packed = object_of(call)
    with monkeypatch.context() as patch, suppress(Killed):
        patch.setattr(Bucket, "remove", remove_one_and_die)
        pack(world, NOW + GRACE)
    assert removed and len(bucket.traces(old)) == 2, "killed between two versions"
    pack(world, NOW + GRACE)
    assert bucket.absent(old) and len(bucket.traces(packed)) == 1
    assert np.array_equal(heard(manager, call), sound), "in ranges, to the last sample"

    row = Call.objects.get(id=call)
    made = plan(row.due_at)
    assert made is not None
    assert execute(made.id, world.keys, bucket, world.folder / "journal", row.due_at).done == 1
    assert not list(bucket.listed())
    config = world.room.secrets.config
    where = Where(world.folder, bucket, world.folder / "journal", config.store)
    later = row.due_at + timedelta(days=2)
    looked = scan(where, world.keys, later, moved=later - datetime.now(UTC)).places
    assert [one.found for one in looked if one.place == "store"] == [()]
    facts = certificates.of_calls([call])
    issuer = Issuer("Posti Group Abp", "1531864-4")
    certificates.issue(facts, issuer, by="system:test", now=row.due_at)
    sequence(row.due_at, SIGNER)
    verdict = certificate.verify(certificates.issued(facts, issuer), SIGNER.public)
    assert (verdict.ok, verdict.calls) == (True, 1)


@pytest.mark.skipif(not lossy.encodable(), reason="needs PyAV: VAITI_WITH=codecs")
def test_n17_a_recording_in_opus_moves_to_a_bucket_and_is_heard_there(
    world: World, bucket: S3Store, cast: Cast, sign_in: SignIn, tmp_path: Path
) -> None:
    former = FolderStore(tmp_path / "former")
    use(world, former)
    call, manager = call_of(world), sign_in(cast.mikko)
    assert opus_desk(world).round(NOW) == 1 and opus_desk(world).round(NOW + GRACE) == 0
    sound, digest = heard(manager, call), facts(call, "call:recording:lessened")["sha256"]
    stores = TwoStores(bucket, former, tmp_path / "lock")
    done = move(stores, checking.digests, lambda _: None)
    assert (done.objects, done.kept) == (1, 0)
    assert not list(former.listed()) and list(bucket.names()) == [object_of(call)]
    kept = bucket.get(object_of(call), 0, bucket.size(object_of(call)))
    assert hashlib.sha256(kept).hexdigest() == digest
    use(world, bucket)
    assert np.array_equal(heard(manager, call), sound)
    assert "Opus, 24 kbit/s" in manager.get(f"/calls/{call.hex}/").content.decode()
