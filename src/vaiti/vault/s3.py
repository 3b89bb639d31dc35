"""A store in a bucket of an S3-compatible server, through `obstore` (docs/store.md)."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain, compress

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Client

from vaiti.values.ids import ObjectId
from vaiti.vault.s3_bucket import VERSION, Bucket, Trace
from vaiti.vault.store import SUFFIX, Listed, NoObject, StoreError, require_id, tried
from vaiti.vault.writers import Object, Writers

PART = 8 << 20  # in bytes: larger objects are sent in parts of this size
RETRY_FOR = timedelta(seconds=30)
RETRIES = 3
AT_ONCE = 8  # questions on their way to the server


class S3Store:
    """One object a recording, under `<prefix><2 hex>/<object id>.vs`. Threads may share it."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        place = bucket.place
        plain = place.endpoint.startswith("http://")
        self._client = Client(
            place.bucket,
            endpoint=place.endpoint,
            region=place.region,
            access_key_id=place.credentials.key_id,
            secret_access_key=place.credentials.secret,
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": plain,
                "timeout": RETRY_FOR,
                "connect_timeout": RETRY_FOR,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_FOR},
        )
        self._key = re.compile(
            re.escape(place.prefix) + r"[0-9a-f]{2}/([0-9a-f]{32})" + re.escape(SUFFIX)
        )

    def put(self, object_id: ObjectId, chunks: Iterable[bytes]) -> str:
        """One request up to PART; beyond it in parts, which are no object before the last."""
        key, source = self.key(object_id), _Hashing(chunks)
        first = _up_to(source, PART)
        try:
            if len(first) < PART:
                obstore.put(self._client, key, first, use_multipart=False)
            else:
                rest = chain([first], source)
                obstore.put(self._client, key, rest, use_multipart=True, chunk_size=PART)
        except BaseError as error:
            raise _trouble("take an object", error) from error
        return source.digest.hexdigest()

    def put_all(self, objects: Sequence[Object], writers: Writers) -> list[str | None]:
        put = tried(self._put)
        first = [put(one) for one in objects[:1]]
        if not all(first):
            return [None] * len(objects)
        return [*first, *writers.each(put, objects[1:])]

    def _put(self, given: Object) -> str:
        return self.put(*given)

    def get(self, object_id: ObjectId, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError("a stretch of an object neither begins nor ends before its start")
        key = self.key(object_id)
        try:
            if length:
                return bytes(obstore.get_range(self._client, key, start=start, length=length))
        except FileNotFoundError as error:
            raise NoObject(f"the store has no object {object_id}") from error
        except BaseError as error:
            if self.size(object_id) > start:
                raise _trouble("give an object", error) from error
        else:
            self.size(object_id)
        return b""  # nothing stands there: the server refuses such a stretch, and we do not

    def size(self, object_id: ObjectId) -> int:
        try:
            return obstore.head(self._client, self.key(object_id))["size"]
        except FileNotFoundError as error:
            raise NoObject(f"the store has no object {object_id}") from error
        except BaseError as error:
            raise _trouble("tell of an object", error) from error

    def absent(self, object_id: ObjectId) -> bool:
        """No version, no mark of deletion, no unfinished upload."""
        return not self.traces(object_id)

    def remaining(self, object_ids: Iterable[ObjectId]) -> set[ObjectId]:
        """The unfinished uploads are listed once; for the versions each key is asked."""
        by_key = {self.key(one): one for one in object_ids}
        found = {trace.key for trace in self.bucket.uploads(self.bucket.place.prefix)}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found |= set(compress(by_key, pool.map(self._has_version, by_key)))
        return {one for key, one in by_key.items() if key in found}

    def remove_shown(self, object_ids: Sequence[ObjectId]) -> None:
        """Removes what a plain listing shows. For `vault.shred`, which asks what is hidden."""
        try:
            obstore.delete(self._client, [self.key(one) for one in object_ids])
        except FileNotFoundError:
            return  # of an object that was gone already; what stays is found by whoever asks
        except BaseError as error:
            raise _trouble("remove objects", error) from error

    def begun(self) -> Iterator[Trace]:
        """Uploads of objects that were never finished. What is whole is not listed for it, and what
        others upload in the same bucket is theirs."""
        every = self.bucket.uploads(self.bucket.place.prefix)
        return (trace for trace in every if self._key.fullmatch(trace.key))

    def _has_version(self, key: str) -> bool:
        return any(trace.key == key for trace in self.bucket.versions(key))

    def names(self) -> Iterator[ObjectId]:
        try:
            for batch in obstore.list(self._client, self.bucket.place.prefix or None):
                for one in batch:
                    if found := self._key.fullmatch(one["path"]):
                        yield ObjectId(found[1])
        except BaseError as error:
            raise _trouble("list its objects", error) from error

    def listed(self) -> Iterator[Listed]:
        for trace in self.bucket.traces(self.bucket.place.prefix):
            found = self._key.fullmatch(trace.key)
            object_id = ObjectId(found[1]) if found else None
            whole = trace.kind == VERSION and trace.latest
            yield Listed(trace.key, object_id, trace.at, trace.size, whole)

    def metadata(self, object_id: ObjectId) -> frozenset[str]:
        try:
            found = obstore.get(self._client, self.key(object_id), options={"range": (0, 1)})
        except FileNotFoundError:
            return frozenset()
        except BaseError as error:
            raise _trouble("tell of an object", error) from error
        return frozenset(found.attributes)

    def key(self, object_id: ObjectId) -> str:
        """Under which key the object stands. Raises ValueError for what is no object id."""
        require_id(object_id)
        return f"{self.bucket.place.prefix}{object_id[:2]}/{object_id}{SUFFIX}"

    def traces(self, object_id: ObjectId) -> list[Trace]:
        """All that the server has of the object."""
        key = self.key(object_id)
        return [trace for trace in self.bucket.traces(key) if trace.key == key]


class _Hashing:
    """Gives the chunks on and hashes them meanwhile."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.digest.update(chunk)
        return chunk


def _up_to(source: Iterator[bytes], size: int) -> bytes:
    """The beginning of the source, as long as `size` or as the whole."""
    first = bytearray()
    while len(first) < size and (chunk := next(source, None)) is not None:
        first += chunk
    return bytes(first)


def _trouble(asked: str, error: BaseError) -> StoreError:
    """The server's own words, which name host and key, stay out of ours."""
    return StoreError(f"the object store cannot {asked} ({type(error).__name__})")
