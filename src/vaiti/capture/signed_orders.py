"""Orders as a signed file (`run/orders.json`, docs/orders.md): written, and read with its proof."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vaiti.capture.order_checks import check_orders
from vaiti.capture.orders import Intake, Limits, Line, Orders, OrdersRefused, Peer

MAX_ORDERS = 4 << 20  # bytes of the file; ten thousand lines fit four times over


def encode(orders: Orders) -> bytes:
    """The body that is signed: canonical JSON, keys sorted, no white space."""
    body = asdict(orders)
    body["intake"]["public"] = base64.b64encode(orders.intake.public).decode()
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def sign(orders: Orders, seed: bytes) -> bytes:
    """The file's content. `seed` is the 32-byte Ed25519 seed of the orders key.

    Raises OrdersRefused for orders that no recorder would follow, so that they are never written.
    """
    body = encode(orders)
    check_orders(orders)
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(body)
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "signature": base64.b64encode(signature).decode(),
        }
    ).encode()


def read(data: bytes, public_key: bytes, now: float, followed: Orders | None = None) -> Orders:
    """The orders in `data`, if signed by the orders key and not expired at `now` (seconds, UTC).

    `public_key` is the raw 32-byte Ed25519 key, `followed` the orders before: whoever puts an older
    file back is refused. Raises OrdersRefused.
    """
    body = _verified_body(data, public_key)
    try:
        orders = _decode(json.loads(body))
        check_orders(orders)
    except OrdersRefused:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise OrdersRefused(
            "the orders' body does not have the fields of docs/orders.md: let the worker write "
            "them anew"
        ) from error
    if orders.expired(now):
        raise OrdersRefused("the orders have expired: see why the worker has not written new ones")
    if followed is not None and orders.issued_us < followed.issued_us:
        raise OrdersRefused("the orders are older than those followed: let the worker write anew")
    return orders


def _verified_body(data: bytes, public_key: bytes) -> bytes:
    if len(data) > MAX_ORDERS:
        raise OrdersRefused("the orders file is larger than 4 MiB: list fewer lines or peers")
    try:
        outer = json.loads(data)
        body = base64.b64decode(outer["body"], validate=True)
        signature = base64.b64decode(outer["signature"], validate=True)
    except (KeyError, TypeError, ValueError, RecursionError, binascii.Error) as error:
        raise OrdersRefused("the orders file is damaged: let the worker write it anew") from error
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, body)
    except (InvalidSignature, ValueError) as error:
        raise OrdersRefused(
            "the orders are not signed by this recorder's orders key: check that recorder and "
            "worker use the same data folder"
        ) from error
    return body


def _decode(body: Mapping[str, Any]) -> Orders:
    intake = dict(body["intake"])
    intake["public"] = base64.b64decode(intake["public"], validate=True)
    peers = tuple(Peer(**_tuples(peer)) for peer in body["peers"])
    return Orders(
        **{
            **_known(body, Orders),
            "intake": Intake(**intake),
            "lines": tuple(Line(**line) for line in body["lines"]),
            "peers": peers,
            "limits": Limits(**body["limits"]),
        }
    )


def _known(body: Mapping[str, Any], kind: type[Orders]) -> dict[str, Any]:
    names = {each.name for each in fields(kind)}
    if set(body) - names:
        raise OrdersRefused("the orders hold a field that this recorder does not know: update it")
    return dict(body)


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
