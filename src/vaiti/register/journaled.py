"""What a finished call of the journal is, as its opened manifest tells it."""

from datetime import datetime

from vaiti.register.recovery import recovered
from vaiti.values.clock import to_micros
from vaiti.vault.gathering import End, Finished
from vaiti.vault.journal import files
from vaiti.vault.manifest import Manifest, ManifestError, decode


class Left(Exception):
    """The call cannot enter now; the code says why."""


def manifest_of(call: Finished, text: bytes, now: datetime) -> Manifest:
    """Raises Left."""
    try:
        manifest = decode(text)
    except ManifestError as error:
        raise Left("bad_manifest") from error
    if manifest.call_id != call.call_id:
        raise Left("manifest_of_another_call")
    if call.end is End.RECOVERED:
        return recovered(manifest, _last_written_us(call, now), call.segments, call.finished)
    if manifest.segments != call.segments or manifest.finished != call.finished:
        raise Left("segments_missing")
    return manifest


def _last_written_us(call: Finished, now: datetime) -> int:
    """When the dead recorder last wrote: each second it did, so this is when it died."""
    newest = max((path.stat().st_mtime_ns for path in files(call.folder)), default=0)
    return min(newest // 1000, to_micros(now))
