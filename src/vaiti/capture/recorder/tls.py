"""The recorder's side of SIP over TLS: our certificate, and what a peer's certificate proves.

Both sides show one (RFC 3261 section 26.3.1, RFC 8446). Certificates are short-lived: the files are
looked at before each connection and read again when they have changed.
"""

import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

MAX_NAMES = 64  # of one certificate
HANDSHAKE_S = 3.0  # seconds that a handshake may take


class TlsUnusable(OSError):
    """Certificate, key or the peers' authorities cannot be used; the sentence says which."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: our chain, its key, and the authorities that sign the peers' certificates."""

    certificate: Path
    key: Path
    authorities: Path


class Tls:
    """The context for new connections; after a change that cannot be read the old one stays."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._seen = self._stamps()
        self._context = make_context(files)

    def context(self) -> ssl.SSLContext:
        seen = self._stamps()
        if seen != self._seen:
            try:
                self._context = make_context(self._files)
            except TlsUnusable:  # half written: looked at again with the next connection
                return self._context
            self._seen = seen
        return self._context

    def _stamps(self) -> tuple[tuple[int, int], ...]:
        files = (self._files.certificate, self._files.key, self._files.authorities)
        return tuple(map(_stamp, files))


def make_context(files: TlsFiles) -> ssl.SSLContext:
    """TLS 1.2 or newer, a peer's certificate demanded. Raises TlsUnusable."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(files.certificate, files.key, password=_no_passphrase)
    except (OSError, ValueError) as error:
        raise TlsUnusable("tls_certificate and tls_key are no PEM files that fit") from error
    try:
        context.load_verify_locations(files.authorities)
    except (OSError, ValueError) as error:
        raise TlsUnusable("tls_peers holds no certificate of an authority") from error
    return context


def proven_names(certificate: bytes) -> tuple[str, ...]:
    """What a verified certificate (DER) proves: its fingerprint, then its DNS names and SIP URIs.

    The subject's common name proves nothing (RFC 5922 section 7.1, RFC 9525).
    """
    fingerprint = f"sha256:{hashlib.sha256(certificate).hexdigest()}"
    try:
        extensions = x509.load_der_x509_certificate(certificate).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return (fingerprint,)
    found = [
        *names.get_values_for_type(x509.DNSName),
        *names.get_values_for_type(x509.UniformResourceIdentifier),
    ]
    return (fingerprint, *(name.lower() for name in found[:MAX_NAMES]))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_ino)


def _no_passphrase() -> str:
    raise ValueError("a key with a passphrase: a recorder starts without a person")
