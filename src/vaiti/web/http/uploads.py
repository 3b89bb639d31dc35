"""How files that are sent are taken: in memory and never on the disk; scans may be larger."""

from collections.abc import Mapping
from typing import IO, Any

from django.core.files.uploadhandler import MemoryFileUploadHandler

SMALL = 2 << 20
SCAN = 21 << 20
"""With what the form has besides; a paper itself is at most what the settings say."""


class InMemory(MemoryFileUploadHandler):
    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: Mapping[str, Any],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """A request that is too long has no files."""
        most = SCAN if str(META.get("PATH_INFO", "")).startswith("/cases/") else SMALL
        self.activated = content_length <= most
