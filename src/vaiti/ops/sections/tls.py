"""The recorder's TLS files: where they are, and what is wrong with them."""

from datetime import datetime
from pathlib import Path

from cryptography import x509

from vaiti.capture.recorder.tls import TlsFiles, TlsUnusable, make_context
from vaiti.ops.sections.general import Recorder


def tls_files(told: Recorder, folder: Path) -> TlsFiles:
    """A relative path counts from the data folder."""
    certificate, key, peers = (
        folder / name for name in (told.tls_certificate, told.tls_key, told.tls_peers)
    )
    return TlsFiles(certificate, key, peers)


def tls_fault(told: Recorder, folder: Path) -> str:
    """A sentence that says what to change, "" when all is well."""
    if not 1 <= told.tls_port <= 65535:
        return "tls_port in [recorder] is from 1 to 65535"
    if not (told.tls_certificate and told.tls_key and told.tls_peers):
        return (
            "tls in [recorder] needs three PEM files: tls_certificate (our chain), tls_key, and "
            "tls_peers (the authorities that sign the peers' certificates)"
        )
    files = tls_files(told, folder)
    try:
        make_context(files)
    except TlsUnusable as error:
        return f"tls in [recorder]: {error}"
    if files.key.stat().st_mode & 0o077:
        return f"others can read the key {told.tls_key}; give it the mode 0600"
    return ""


def ends_at(files: TlsFiles) -> datetime:
    """When our certificate ends, UTC. Raises OSError, or ValueError for what is none."""
    return x509.load_pem_x509_certificate(files.certificate.read_bytes()).not_valid_after_utc
