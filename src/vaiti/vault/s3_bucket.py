"""A bucket of an S3-compatible server: everything in it by version, and how it is set up.

Bytes go through `vault.s3`. Here are the requests that tell of what a plain listing hides: older
versions, marks of deletion, uploads that were never finished. Only `vault.shred` removes.
"""

import http.client
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import SplitResult, quote, urlsplit
from xml.etree import ElementTree

from vaiti.values.clock import Clock
from vaiti.vault.s3_signing import SAFE, Credentials, query_text, signed
from vaiti.vault.store import StoreError

PATIENCE = 30.0  # seconds for one answer
MOST_BYTES = 16 << 20  # of one answer; a page of a listing has some hundred kilobytes
MISSING = 404
NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """Where the bucket is: `endpoint` as scheme://host:port; `prefix` is empty or ends in /."""

    endpoint: str
    bucket: str
    region: str
    credentials: Credentials = field(repr=False)
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """Something of a key: a version, a mark that it was deleted, or an unfinished upload.

    `part` is the id by which the server knows it: of a version, or of an upload.
    """

    key: str
    kind: str
    part: str
    at: datetime
    size: int
    latest: bool


VERSION, MARK, UPLOAD = "version", "mark", "upload"


class RefusedByServer(StoreError):
    """The server answered with an error: `status` of HTTP and its `code`."""

    def __init__(self, status: int, code: str, asked: str) -> None:
        super().__init__(f"the object store refuses to {asked}: {code or status}")
        self.status, self.code = status, code


class _Line:
    """A connection that closes when the thread that it belongs to is no more."""

    def __init__(self, parts: SplitResult) -> None:
        host = parts.hostname or ""
        if parts.scheme == "https":
            context = ssl.create_default_context()
            self.http: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, parts.port, timeout=PATIENCE, context=context
            )
        else:
            self.http = http.client.HTTPConnection(host, parts.port, timeout=PATIENCE)

    def __del__(self) -> None:
        self.http.close()


class Bucket:
    """Threads may share it; each has its own connection. Every method raises StoreError."""

    def __init__(self, place: BucketPlace, clock: Clock) -> None:
        self.place, self._clock = place, clock
        self._parts = urlsplit(place.endpoint)
        self._local = threading.local()

    def traces(self, prefix: str) -> Iterator[Trace]:
        """All that is kept under keys that begin so, the unfinished uploads last."""
        yield from self.versions(prefix)
        yield from self.uploads(prefix)

    def versions(self, prefix: str) -> Iterator[Trace]:
        """Every version and every mark of a deletion."""
        query = {"versions": "", "prefix": prefix}
        for page in self._pages(query, {"key-marker": "Key", "version-id-marker": "VersionId"}):
            for one in page.iterfind("{*}Version"):
                yield _trace(one, VERSION, "VersionId", "LastModified")
            for one in page.iterfind("{*}DeleteMarker"):
                yield _trace(one, MARK, "VersionId", "LastModified")

    def uploads(self, prefix: str) -> Iterator[Trace]:
        """What was never finished."""
        query = {"uploads": "", "prefix": prefix}
        for page in self._pages(query, {"key-marker": "Key", "upload-id-marker": "UploadId"}):
            for one in page.iterfind("{*}Upload"):
                yield _trace(one, UPLOAD, "UploadId", "Initiated")

    def remove(self, trace: Trace) -> None:
        """Removes exactly this version, mark or upload; also the second time."""
        name = "uploadId" if trace.kind == UPLOAD else "versionId"
        try:
            self.ask("DELETE", trace.key, {name: trace.part}, "remove a version")
        except RefusedByServer as error:
            if error.status != MISSING:
                raise

    def setup(self, what: str) -> ElementTree.Element | None:
        """The bucket's configuration of that name, or None where there is none."""
        try:
            answer = self.ask("GET", "", {what: ""}, f"tell of {what}")
        except RefusedByServer as error:
            if error.status in (MISSING, 501):
                return None
            raise
        return _parsed(answer)

    def open_to_all(self, key: str) -> bool:
        """Whether somebody without any credentials can read the object."""
        path = quote(self._path(key), safe="/" + SAFE)
        status, _ = self._exchange("GET", path, {"host": self._parts.netloc}, b"")
        return status in (200, 206)

    def ask(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        asked: str,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> bytes:
        """One signed request; `asked` completes the sentence of a refusal."""
        path = self._path(key)
        sent = signed(
            method,
            path,
            query,
            {**headers, "host": self._parts.netloc},
            body,
            region=self.place.region,
            credentials=self.place.credentials,
            now=self._clock(),
        )
        target = quote(path, safe="/" + SAFE) + (f"?{query_text(query)}" if query else "")
        status, answer = self._exchange(method, target, sent, body)
        if status >= 300:
            raise RefusedByServer(status, _code(answer), asked)
        return answer

    def _pages(
        self, query: dict[str, str], markers: Mapping[str, str]
    ) -> Iterator[ElementTree.Element]:
        while True:
            page = _parsed(self.ask("GET", "", query, "list what it holds"))
            yield page
            if page.findtext("{*}IsTruncated") != "true":
                return
            after = {
                name: page.findtext(f"{{*}}Next{tag}Marker") or "" for name, tag in markers.items()
            }
            if not any(after.values()) or after.items() <= query.items():
                raise StoreError("the object store lists without end; do not trust its listing")
            query = {**query, **after}

    def _path(self, key: str) -> str:
        return f"/{self.place.bucket}/{key}" if key else f"/{self.place.bucket}"

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Over the connection at hand, which may be stale, and once over a fresh one."""
        if getattr(self._local, "line", None) is not None:
            try:
                return self._over_line(method, target, headers, body)
            except (OSError, http.client.HTTPException):
                self._local.line = None
        self._local.line = _Line(self._parts)
        try:
            return self._over_line(method, target, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self._local.line = None
            raise StoreError(f"the object store does not answer: {type(error).__name__}") from error

    def _over_line(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes]:
        line: _Line = self._local.line
        line.http.request(method, target, body=body or None, headers=dict(headers))
        answer = line.http.getresponse()
        content = answer.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            self._local.line = None
            raise StoreError("the object store answers with more than it was asked for")
        return answer.status, content


def _trace(found: ElementTree.Element, kind: str, part: str, at: str) -> Trace:
    try:
        return Trace(
            found.findtext("{*}Key") or "",
            kind,
            found.findtext(f"{{*}}{part}") or "",
            datetime.fromisoformat(found.findtext(f"{{*}}{at}") or ""),
            int(found.findtext("{*}Size") or 0),
            found.findtext("{*}IsLatest") == "true",
        )
    except ValueError as error:
        raise StoreError("the object store lists what cannot be read") from error


def _parsed(answer: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(answer)
    except ElementTree.ParseError as error:
        raise StoreError("the object store answers with what is not XML") from error


def _code(answer: bytes) -> str:
    try:
        return ElementTree.fromstring(answer).findtext("{*}Code") or ""
    except ElementTree.ParseError:
        return ""
