"""`vaiti demo --s3`: recordings in an object store of the demo's own instead of a folder."""

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit

from vaiti.ops.quiet_ports import free_port
from vaiti.ops.seaweed import REGION, make_bucket, new_account, seaweed
from vaiti.ops.sections.store import CREDENTIALS, S3, bucket_place
from vaiti.ops.settings import Settings
from vaiti.ops.settings_file import add as add_to_settings
from vaiti.vault.keyfiles import write_secret

BUCKET = "calls"
FOLDER = "object-store"
STORE_TEXT = """
[store]
kind = "s3"  # a SeaweedFS that the demo starts
endpoint = "http://127.0.0.1:{port}"
bucket = "{bucket}"
region = "{region}"
"""


def use_object_store(folder: Path) -> None:
    """Writes into a new demo's settings that its recordings are kept in an object store."""
    account = new_account()
    lines = f"{account.key_id}\n{account.secret}\n"
    write_secret(folder / "secrets" / CREDENTIALS, lines.encode())
    port = free_port(0, (socket.SOCK_STREAM,))
    add_to_settings(folder, STORE_TEXT.format(port=port, bucket=BUCKET, region=REGION))


def object_store(settings: Settings) -> AbstractContextManager[None]:
    """Runs the demo's object store, if it has one. Raises NoServer."""
    return _running(settings) if settings.store.kind == S3 else nullcontext()


@contextmanager
def _running(settings: Settings) -> Iterator[None]:
    place = bucket_place(settings.store, settings.secrets)
    port = urlsplit(place.endpoint).port or 0
    with seaweed(settings.folder / FOLDER, place.credentials, port):
        make_bucket(place)
        yield
