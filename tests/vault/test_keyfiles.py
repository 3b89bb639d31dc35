"""Secrets in files are private or refused."""

from pathlib import Path

import pytest

from vaiti.vault.keyfiles import (
    MAX_SECRET,
    SecretFileError,
    make_passphrase,
    make_signing_pair,
    read_passphrase,
    read_public,
    read_secret,
    read_seed,
    write_secret,
)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_passphrase_that_others_can_reach_is_refused_with_the_cure(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "passphrase"
    make_passphrase(path)
    path.chmod(mode)
    with pytest.raises(SecretFileError, match="chmod 600"):
        read_passphrase(path)


def test_a_fresh_passphrase_is_private_and_long(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    make_passphrase(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(read_passphrase(path)) >= 32


def test_the_line_end_of_an_editor_is_no_part_of_a_passphrase(tmp_path: Path) -> None:
    write_secret(tmp_path / "passphrase", b"correct horse battery staple\r\n")
    assert read_passphrase(tmp_path / "passphrase") == b"correct horse battery staple"


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    write_secret(tmp_path / "passphrase", b"secret\n")
    with pytest.raises(SecretFileError, match="longer"):
        read_passphrase(tmp_path / "passphrase")


def test_a_folder_and_nothing_are_no_secrets(tmp_path: Path) -> None:
    for name in (".", "missing"):
        with pytest.raises(SecretFileError):
            read_secret(tmp_path / name)


def test_a_large_file_is_no_secret(tmp_path: Path) -> None:
    write_secret(tmp_path / "large", bytes(MAX_SECRET + 1))
    with pytest.raises(SecretFileError, match="larger"):
        read_secret(tmp_path / "large")


def test_a_secret_is_never_overwritten(tmp_path: Path) -> None:
    make_signing_pair(tmp_path, "grant")
    seed = read_seed(tmp_path / "grant.key")
    with pytest.raises(FileExistsError):
        make_signing_pair(tmp_path, "grant")
    assert read_seed(tmp_path / "grant.key") == seed
    assert len(read_public(tmp_path / "grant.pub")) == 32


def test_a_key_of_another_size_is_refused(tmp_path: Path) -> None:
    write_secret(tmp_path / "short.key", bytes(31))
    with pytest.raises(SecretFileError, match="32 bytes"):
        read_seed(tmp_path / "short.key")
    with pytest.raises(SecretFileError, match="32 bytes"):
        read_public(tmp_path / "short.key")
