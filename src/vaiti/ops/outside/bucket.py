"""Asks the object store for one object, with a signature of our own (AWS, version 4)."""

import hashlib
import hmac
import http.client
import tomllib
from datetime import UTC, datetime
from urllib.parse import urlsplit

from vaiti.ops.outside.fault import Fault
from vaiti.ops.outside.world import World

NOTHING = hashlib.sha256(b"").hexdigest()
SIGNED = "host;x-amz-content-sha256;x-amz-date"
PATIENCE = 20.0


def has_object(world: World, name: str) -> bool:
    """Whether the store has the object of this id. Raises Fault when it does not say."""
    settings = tomllib.loads((world.data / "vaiti.toml").read_text())["store"]
    key_id, secret = (world.data / "secrets" / "s3.credentials").read_text().split()
    host = urlsplit(settings["endpoint"]).netloc
    path = f"/{settings['bucket']}/{name[:2]}/{name}.vs"
    headers = signed(host, path, settings["region"], key_id, secret)
    client = http.client.HTTPConnection(host, timeout=PATIENCE)
    try:
        client.request("HEAD", path, headers=headers)
        status = client.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Fault("the object store gives no answer") from error
    finally:
        client.close()
    if status not in (200, 404):
        raise Fault(f"the object store answers {status}")
    return status == 200


def signed(host: str, path: str, region: str, key_id: str, secret: str) -> dict[str, str]:
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    asked = f"HEAD\n{path}\n\nhost:{host}\nx-amz-content-sha256:{NOTHING}\nx-amz-date:{at}\n\n"
    asked += f"{SIGNED}\n{NOTHING}"
    scope = f"{at[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (at[:8], region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    told = f"Credential={key_id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}"
    return {
        "Host": host,
        "x-amz-date": at,
        "x-amz-content-sha256": NOTHING,
        "Authorization": f"AWS4-HMAC-SHA256 {told}",
    }
