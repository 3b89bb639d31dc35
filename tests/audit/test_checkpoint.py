import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.audit.checkpoint import NoteError, Signer, Statement, key_hash, open_note

ROOT = bytes(range(32))


def test_the_key_hash_is_that_of_the_published_example() -> None:
    """The example of Go's package golang.org/x/mod/sumdb/note, key and signature."""
    key = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    signed = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    text = (
        b"If you think cryptography is the answer to your problem,\n"
        b"then you don't know what your problem is.\n"
    )
    assert key_hash("PeterNeumann", key[1:]) == signed[:4] == bytes.fromhex("c74f20a3")
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signed[4:], text)


def test_a_note_opens_with_the_key_that_signed_it(signer: Signer) -> None:
    note = signer.sign(7, ROOT)
    assert note.splitlines()[:4] == [
        "register.example/audit",
        "7",
        base64.b64encode(ROOT).decode(),
        "",
    ]
    assert open_note(note, signer.public) == Statement("register.example/audit", 7, ROOT)


def test_signatures_of_witnesses_are_passed_over(signer: Signer) -> None:
    witness = Signer("witness.example", bytes(32))
    own, foreign = signer.sign(7, ROOT), witness.sign(7, ROOT).splitlines()[-1]
    head, tail = own.split("\n\n")
    assert open_note(f"{head}\n\n{foreign}\n{tail}", signer.public).size == 7


def test_a_changed_note_does_not_open(signer: Signer) -> None:
    note = signer.sign(7, ROOT)
    other_key = Signer("register.example/audit", bytes(32))
    for broken in (
        note.replace("\n7\n", "\n8\n"),
        note.replace("register", "registry"),
        note.replace(base64.b64encode(ROOT).decode(), base64.b64encode(bytes(32)).decode()),
        note.rstrip("\n"),
        note.split("\n\n")[0] + "\n",
        note.replace("\n7\n", "\n07\n"),
        other_key.sign(7, ROOT),
        note + "x" * 5000,
    ):
        with pytest.raises(NoteError):
            open_note(broken, signer.public)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300), st.integers(0, 200))
def test_any_text_opens_or_raises_the_notes_own_error(text: str, at: int) -> None:
    signer = Signer("register.example/audit", bytes(range(32)))
    note = signer.sign(7, ROOT)
    for candidate in (text, note[:at] + text + note[at + 1 :]):
        if candidate != note:
            with pytest.raises(NoteError):
                open_note(candidate, signer.public)


def test_an_origin_has_no_spaces_and_a_signer_does_not_print_its_seed() -> None:
    with pytest.raises(ValueError, match="without spaces"):
        Signer("my log", bytes(32))
    assert "00" not in repr(Signer("log", bytes(32)))
