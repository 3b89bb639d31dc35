"""Secrets in files: made whole, readable by their owner alone, and refused otherwise."""

import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_SECRET = 4096  # in bytes
SEED_SIZE = 32  # in bytes
PASSPHRASE_SIZE = 32  # in bytes of randomness
MIN_PASSPHRASE = 16  # in bytes


class SecretFileError(Exception):
    """The file cannot serve as a secret; the text says what to change."""


def read_secret(path: Path) -> bytes:
    """The whole content of a file that only its owner can read. Raises SecretFileError."""
    try:
        with path.open("rb") as file:
            _require_private(path, os.fstat(file.fileno()))
            content = file.read(MAX_SECRET + 1)
    except OSError as error:
        raise SecretFileError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > MAX_SECRET:
        raise SecretFileError(f"{path} is larger than {MAX_SECRET} bytes and is no secret of ours")
    return content


def read_seed(path: Path) -> bytes:
    """An Ed25519 seed: 32 raw bytes. Raises SecretFileError."""
    seed = read_secret(path)
    if len(seed) != SEED_SIZE:
        raise SecretFileError(f"{path} does not hold a key of {SEED_SIZE} bytes")
    return seed


def read_passphrase(path: Path) -> bytes:
    """The passphrase without the line end that editors add. Raises SecretFileError."""
    passphrase = read_secret(path).rstrip(b"\r\n")
    if len(passphrase) < MIN_PASSPHRASE:
        raise SecretFileError(
            f"the passphrase in {path} is shorter than {MIN_PASSPHRASE} bytes; make it longer"
        )
    return passphrase


def read_credential(path: Path) -> bytes:
    """A passphrase that the service manager has unsealed and put where this process alone reads it:
    the file is the manager's own, and an access list may stand in its group's bits.

    Raises SecretFileError.
    """
    try:
        with path.open("rb") as file:
            status, content = os.fstat(file.fileno()), file.read(MAX_SECRET + 1)
    except OSError as error:
        raise SecretFileError(f"{path} cannot be read: {error.strerror}") from error
    if status.st_uid not in (0, os.geteuid()) or stat.S_IMODE(status.st_mode) & 0o027:
        raise SecretFileError(f"{path} is no credential that the service manager handed over")
    passphrase = content.rstrip(b"\r\n")
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_SECRET:
        raise SecretFileError(
            f"the credential {path.name} is shorter than {MIN_PASSPHRASE} bytes or no passphrase"
        )
    return passphrase


def read_public(path: Path) -> bytes:
    """An Ed25519 public key: 32 raw bytes, no secret. Raises SecretFileError."""
    try:
        public = path.read_bytes()
    except OSError as error:
        raise SecretFileError(f"{path} cannot be read: {error.strerror}") from error
    if len(public) != SEED_SIZE:
        raise SecretFileError(f"{path} does not hold a public key of {SEED_SIZE} bytes")
    return public


def write_secret(path: Path, content: bytes) -> None:
    """Makes the file with mode 0600, durably. Raises FileExistsError and overwrites nothing."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    sync_folder(path.parent)


def make_passphrase(path: Path) -> None:
    write_secret(path, secrets.token_urlsafe(PASSPHRASE_SIZE).encode() + b"\n")


def make_signing_pair(folder: Path, name: str) -> None:
    """`<name>.key`, an Ed25519 seed, and `<name>.pub` beside it."""
    private = Ed25519PrivateKey.generate()
    write_secret(folder / f"{name}.key", private.private_bytes_raw())
    write_secret(folder / f"{name}.pub", private.public_key().public_bytes_raw())


def sync_folder(folder: Path) -> None:
    """Makes new names in the folder durable: open, fsync, close."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise SecretFileError(f"{path} is not a file")
    if status.st_uid != os.geteuid() and os.geteuid() != 0:
        raise SecretFileError(f"{path} belongs to another user; change its owner (chown)")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise SecretFileError(f"{path} can be read by others; run: chmod 600 {path}")
