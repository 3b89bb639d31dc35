"""The S3 store on a real server: the conformance of every store, versions, uploads, bad buckets."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest

from vaiti.ops.clocks import machine_clock
from vaiti.ops.leaving_bucket import Rewritten, Unlocked, lock_away
from vaiti.ops.seaweed import make_bucket, seaweed
from vaiti.values.ids import ObjectId, new_object_id
from vaiti.vault import shred
from vaiti.vault.s3 import S3Store
from vaiti.vault.s3_bucket import MARK, UPLOAD, VERSION, Bucket, BucketPlace, RefusedByServer
from vaiti.vault.s3_fitness import faults
from vaiti.vault.s3_signing import Credentials, signed
from vaiti.vault.store import Store, StoreError
from vault.keyworld import wait_for
from vault.store_conformance import StoreConformance

NAME = ObjectId("ab" * 16)
VERSIONED = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
LOCKED = (
    b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
    b"</ObjectLockConfiguration>"
)
ENDLESS = """
    import json, sys
    from vaiti.ops.clocks import machine_clock
    from vaiti.vault.s3 import S3Store
    from vaiti.vault.s3_bucket import Bucket, BucketPlace
    from vaiti.vault.s3_signing import Credentials
    endpoint, prefix, key_id, secret = json.loads(sys.argv[1])
    place = BucketPlace(endpoint, "plain", "eu-north-1", Credentials(key_id, secret), prefix)
    def chunks():
        while True:
            yield bytes(1 << 20)
    S3Store(Bucket(place, machine_clock)).put("ab" * 16, chunks())
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BucketPlace]:
    with seaweed(tmp_path_factory.mktemp("seaweed")) as place:
        yield place


@pytest.fixture(scope="module")
def plain(server: BucketPlace) -> BucketPlace:
    return make_bucket(replace(server, bucket="plain")).place


@pytest.fixture(scope="module")
def whole(server: BucketPlace) -> BucketPlace:
    return make_bucket(replace(server, bucket="whole")).place


@pytest.fixture(scope="module")
def with_versions(server: BucketPlace) -> BucketPlace:
    bucket = make_bucket(replace(server, bucket="versioned"))
    bucket.ask("PUT", "", {"versioning": ""}, "keep versions", VERSIONED)
    return bucket.place


@pytest.fixture
def bucket(plain: BucketPlace) -> Bucket:
    """A corner of the bucket for one test: a bucket of its own takes the server half a second."""
    return Bucket(replace(plain, prefix=f"{new_object_id()}/"), machine_clock)


@pytest.fixture
def versioned(with_versions: BucketPlace) -> S3Store:
    return S3Store(Bucket(replace(with_versions, prefix=f"{new_object_id()}/"), machine_clock))


def expire(bucket: Bucket, days: int, prefix: str = "") -> None:
    rule = (
        f"<LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix>{prefix}</Prefix></Filter>"
        "<Status>Enabled</Status><NoncurrentVersionExpiration><NoncurrentDays>"
        f"{days}</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>"
    ).encode()
    bucket.ask("PUT", "", {"lifecycle": ""}, "set its lifecycle", rule)


def told(store: S3Store) -> str:
    return " ".join(one.says for one in faults(store))


class TestS3Store(StoreConformance):
    @pytest.fixture
    def store(self, bucket: Bucket) -> Store:
        return S3Store(bucket)


class TestVersionedS3Store(StoreConformance):
    @pytest.fixture
    def store(self, versioned: S3Store) -> Store:
        return versioned


class TestS3StoreWithoutAPrefix(StoreConformance):
    @pytest.fixture
    def store(self, whole: BucketPlace) -> Iterator[Store]:
        store = S3Store(Bucket(whole, machine_clock))
        yield store
        for name in list(store.names()):
            shred.remove(store, name)


def test_n11_a_word_kept_with_an_object_of_a_bucket_is_told(versioned: S3Store) -> None:
    key = versioned.key(NAME)
    obstore.put(versioned._client, key, b"sealed", attributes={"customer": "Virtanen"})
    assert "customer" in versioned.metadata(NAME)
    shred.remove(versioned, NAME)


def test_n19_every_version_and_mark_is_destroyed(versioned: S3Store) -> None:
    bucket, key = versioned.bucket, versioned.key(NAME)
    other = new_object_id()
    for content in (b"first", b"second"):
        versioned.put(NAME, [content])
    versioned.put(other, [b"of another call"])
    bucket.ask("DELETE", key, {}, "delete as a stranger would")
    assert sorted(trace.kind for trace in versioned.traces(NAME)) == [MARK, VERSION, VERSION]
    assert not versioned.absent(NAME)
    assert versioned.remaining([NAME, other]) == {NAME, other}
    assert sum(one.whole for one in versioned.listed()) == 1
    assert shred.remove_all(versioned, [NAME, other]) == set()
    assert versioned.absent(NAME)
    assert not list(versioned.listed())


def test_n19_an_unfinished_upload_is_not_absent_and_is_destroyed(bucket: Bucket) -> None:
    store = S3Store(bucket)
    bucket.ask("POST", store.key(NAME), {"uploads": ""}, "begin an upload")
    assert [trace.kind for trace in store.traces(NAME)] == [UPLOAD]
    assert not store.absent(NAME)
    assert store.remaining([NAME, new_object_id()]) == {NAME}
    assert not list(store.names())
    assert shred.remove_all(store, [NAME]) == set()
    assert store.absent(NAME)
    bucket.ask("POST", store.key(NAME), {"uploads": ""}, "begin an upload")
    bucket.ask("POST", f"{bucket.place.prefix}of-others", {"uploads": ""}, "begin an upload")
    at = datetime.now(UTC)
    assert shred.remove_begun(store, at - timedelta(hours=1)) == 0, "somebody may write it yet"
    assert shred.remove_begun(store, at + timedelta(hours=1)) == 1
    assert store.absent(NAME)
    assert len(list(bucket.uploads(bucket.place.prefix))) == 1, "what we did not begin is not ours"


def test_what_a_killed_put_leaves_is_no_object_but_is_not_absent(bucket: Bucket) -> None:
    store, place = S3Store(bucket), bucket.place
    told = [place.endpoint, place.prefix, place.credentials.key_id, place.credentials.secret]
    program = [sys.executable, "-c", textwrap.dedent(ENDLESS), str(told).replace("'", '"')]
    path = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    with subprocess.Popen(program, env=path) as process:
        wait_for(lambda: not store.absent(NAME))
        process.send_signal(signal.SIGKILL)
    assert not list(store.names())
    shred.remove(store, NAME)
    assert store.absent(NAME)


def test_a_large_object_goes_in_parts_and_comes_back(bucket: Bucket) -> None:
    store, chunk = S3Store(bucket), os.urandom(1 << 20)
    digest = store.put(NAME, (chunk for _ in range(20)))
    assert digest == hashlib.sha256(chunk * 20).hexdigest()
    assert store.size(NAME) == 20 << 20
    assert store.get(NAME, (8 << 20) - 5, 10) == chunk[-5:] + chunk[:5]


def test_a_listing_of_several_pages_is_read_to_its_end(versioned: S3Store) -> None:
    for number in range(7):
        versioned.put(NAME, [b"%d" % number])
    bucket = versioned.bucket
    query = {"versions": "", "prefix": bucket.place.prefix, "max-keys": "2"}
    markers = {"key-marker": "Key", "version-id-marker": "VersionId"}
    pages = list(bucket._pages(query, markers))
    assert sum(len(page.findall("{*}Version")) for page in pages) == 7
    assert len(pages) == 4


def test_a_plain_bucket_is_fit_and_the_trial_leaves_nothing(bucket: Bucket) -> None:
    store = S3Store(bucket)
    assert list(faults(store)) == []
    assert not list(store.listed())


def test_n19_versions_without_an_end_are_refused(server: BucketPlace) -> None:
    bucket = make_bucket(replace(server, bucket="endless"))
    bucket.ask("PUT", "", {"versioning": ""}, "keep versions", VERSIONED)
    store = S3Store(bucket)
    assert "for ever" in told(store)
    expire(bucket, 30)
    assert "for 30 days" in told(store)
    expire(bucket, 1, "other/")
    assert "for ever" in told(store)
    expire(bucket, 1)
    assert list(faults(store)) == []


def test_n19_an_object_lock_is_refused(server: BucketPlace) -> None:
    bucket = make_bucket(replace(server, bucket="locked"))
    bucket.ask("PUT", "", {"versioning": ""}, "keep versions", VERSIONED)
    bucket.ask("PUT", "", {"object-lock": ""}, "lock objects", LOCKED)
    assert "object lock, which forbids destruction" in told(S3Store(bucket))


def test_n25_a_bucket_that_anybody_reads_is_refused(server: BucketPlace) -> None:
    bucket = make_bucket(replace(server, bucket="public"))
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*",'
        f'"Action":"s3:GetObject","Resource":"arn:aws:s3:::{bucket.place.bucket}/*"}}]}}'
    ).encode()
    bucket.ask("PUT", "", {"policy": ""}, "open it", policy)
    assert "anybody can read the bucket" in told(S3Store(bucket))


def test_wrong_credentials_and_no_server_say_so(server: BucketPlace) -> None:
    wrong = replace(server, bucket="calls", credentials=Credentials("vaiti", "wrong"))
    with pytest.raises(StoreError, match="refuses to"):
        list(faults(S3Store(Bucket(wrong, machine_clock))))
    away = replace(server, endpoint="http://127.0.0.1:9")
    with pytest.raises(StoreError, match="does not answer"):
        Bucket(away, machine_clock).setup("versioning")


AMAZON = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")


@pytest.mark.parametrize(
    ("path", "query", "headers", "signature"),
    [
        (
            *("/test.txt", {}, {"range": "bytes=0-9"}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            *("/", {"lifecycle": ""}, {}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            *("/", {"max-keys": "2", "prefix": "J"}, {}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
    ids=["an object", "a lifecycle", "a list"],
)
def test_requests_are_signed_as_amazon_shows(
    path: str, query: dict[str, str], headers: dict[str, str], signature: str
) -> None:
    sent = signed(
        "GET",
        path,
        query,
        {"host": "examplebucket.s3.amazonaws.com", **headers},
        b"",
        region="us-east-1",
        credentials=AMAZON,
        now=datetime(2013, 5, 24, tzinfo=UTC),
    )
    assert sent["authorization"].endswith(f"Signature={signature}")


def test_a_checkpoint_in_a_locked_bucket_stays_and_no_other_bucket_will_do(
    server: BucketPlace, plain: BucketPlace
) -> None:
    until = machine_clock() + timedelta(days=2)
    note = "vaiti/test\n7\n"
    with pytest.raises(Unlocked, match="no object lock"):
        lock_away(Bucket(plain, machine_clock), "000000000007", note, until)
    assert not list(Bucket(plain, machine_clock).traces("000000000007"))
    bucket = Bucket(replace(server, bucket="kept"), machine_clock)
    bucket.ask("PUT", "", {}, "make it", headers={"x-amz-bucket-object-lock-enabled": "true"})
    lock_away(bucket, "000000000007", note, until)
    lock_away(bucket, "000000000007", note, until + timedelta(days=1))  # it lies there: left alone
    (kept,) = bucket.traces("000000000007")
    with pytest.raises(RefusedByServer):
        bucket.remove(kept)
    assert bucket.ask("GET", "000000000007", {}, "give it").decode() == note
    with pytest.raises(Rewritten):
        lock_away(bucket, "000000000007", "vaiti/test\n7\nanother", until)
    bucket.ask("PUT", "000000000008", {}, "take it", note.encode())
    with pytest.raises(Unlocked):  # put there by somebody, without a lock
        lock_away(bucket, "000000000008", note, until)
