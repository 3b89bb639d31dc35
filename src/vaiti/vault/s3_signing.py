"""Signs requests to an S3-compatible server, or to KMS (AWS Signature Version 4). Pure.

The tests hold it to the examples that Amazon publishes.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

SAFE = "-_.~"  # the characters that are never written as %XX


@dataclass(frozen=True, slots=True)
class Credentials:
    """Of one account at the server. The secret never leaves this machine."""

    key_id: str
    secret: str = field(repr=False)


def query_text(query: Mapping[str, str]) -> str:
    """The query as it is sent and signed: sorted, a name without a value followed by `=`."""
    return "&".join(
        f"{quote(name, safe=SAFE)}={quote(value, safe=SAFE)}"
        for name, value in sorted(query.items())
    )


def signed(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    region: str,
    credentials: Credentials,
    now: datetime,
    service: str = "s3",
) -> dict[str, str]:
    """The headers to send: those given (small letters, `host` among them) and the signature."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    sent = {**headers, "x-amz-date": stamp, "x-amz-content-sha256": digest}
    names = ";".join(sorted(sent))
    lines = [f"{name}:{sent[name].strip()}" for name in sorted(sent)]
    request = [method, quote(path, safe="/" + SAFE), query_text(query), *lines, "", names, digest]
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256("\n".join(request).encode()).hexdigest()
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashed))
    key = ("AWS4" + credentials.secret).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    sent["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.key_id}/{scope},"
        f"SignedHeaders={names},Signature={signature}"
    )
    return sent
