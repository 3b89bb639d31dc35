"""A recording settles in a bucket that keeps every version, cut off on the way: it is heard all the
time, no version of the original is left, and its end is that of every call."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cast import NOW, Cast
from vaiti.audit import certificate
from vaiti.audit.checkpoint import Signer
from vaiti.audit.sequencer import sequence
from vaiti.ops.seaweed import make_bucket, seaweed
from vaiti.promises.older.scan import Where, scan
from vaiti.register.models import Call
from vaiti.retention import certificates
from vaiti.retention.certificates import Issuer
from vaiti.retention.destroy import execute
from vaiti.retention.planning import plan
from vaiti.retention.settle import GRACE
from vaiti.vault.s3 import S3Store
from vaiti.vault.s3_bucket import Bucket, Trace
from vaiti.web.http import wiring
from vault.test_s3 import VERSIONED
from web.conftest import SignIn
from web.test_settling import Killed, call_of, pack
from web.test_silencing import heard, object_of
from web.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

SIGNER = Signer("vaiti/test", bytes(range(32)))


@pytest.fixture
def bucket(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Store]:
    """The world's store from now on."""
    with seaweed(tmp_path_factory.mktemp("seaweed")) as place:
        made = make_bucket(replace(place, bucket="versioned"))
        made.ask("PUT", "", {"versioning": ""}, "keep versions", VERSIONED)
        store = S3Store(made)
        world.store = store  # type: ignore[assignment]
        wiring.install(world.wiring())
        yield store


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
