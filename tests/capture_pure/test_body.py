"""Bodies as senders put them together: every irregularity met, taken apart and named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.capture.siprec import body
from vaiti.capture.siprec.body import split

SDP = "v=0\r\nm=audio 6000 RTP/AVP 0\r\n"
XML = "<recording xmlns='urn:ietf:params:xml:ns:recording:1'/>"
PART_SDP = f"Content-Type: application/sdp\r\n\r\n{SDP}\r\n"
PART_XML = f"Content-Type: application/rs-metadata+xml\r\n\r\n{XML}\r\n"
REGULAR = f"--b\r\n{PART_SDP}--b\r\n{PART_XML}--b--\r\n"
KIND = "multipart/mixed;boundary=b"

TAKEN = [
    ("regular", KIND, REGULAR, ()),
    ("metadata first", KIND, f"--b\r\n{PART_XML}--b\r\n{PART_SDP}--b--", ()),
    ("quoted boundary", 'Multipart/Mixed; charset=x; boundary="b"', REGULAR, ()),
    ("boundary with blanks after it", 'multipart/mixed;boundary="b "', REGULAR, ()),
    ("boundary declared with its dashes", 'multipart/mixed;boundary="--b"', REGULAR, ()),
    ("blank lines before the first boundary", KIND, f"\r\n  \r\n{REGULAR}", ()),
    ("blanks after the boundaries", KIND, REGULAR.replace("--b\r\n", "--b \t\r\n"), ()),
    ("bare line feeds", KIND, REGULAR.replace("\r\n", "\n"), ()),
    ("no blank after the colon", KIND, REGULAR.replace("Type: ", "Type:"), ()),
    ("folded header", KIND, REGULAR.replace("Type: a", "Type:\r\n a"), ()),
    ("application/rs-metadata", KIND, REGULAR.replace("+xml", ""), ()),
    ("no closing boundary", KIND, REGULAR.removesuffix("--b--\r\n"),
     (body.CLOSING_BOUNDARY_MISSING,)),
    ("no boundary declared", "multipart/mixed", REGULAR, (body.BOUNDARY_GUESSED,)),
    ("another boundary declared", "multipart/mixed;boundary=c", REGULAR, (body.BOUNDARY_GUESSED,)),
    ("no content type", "", REGULAR, (body.BOUNDARY_GUESSED,)),
    ("wrong length of a part", KIND,
     REGULAR.replace("\r\n\r\nv=", "\r\nContent-Length: 9\r\n\r\nv="),
     (body.PART_LENGTH_WRONG,)),
    ("third part", KIND, f"--b\r\nContent-Type: application/gtd\r\n\r\nIAM,\r\n{REGULAR}",
     (body.PART_UNKNOWN,)),
    ("part repeated", KIND, f"--b\r\n{PART_XML}{REGULAR}", (body.PART_REPEATED,)),
    ("mangled type of metadata", KIND, REGULAR.replace("rs-metadata+xml", " +xml"),
     (body.TYPE_GUESSED,)),
    ("parts without headers", KIND, f"--b\r\n\r\n{SDP}\r\n--b\r\n\r\n{XML}\r\n--b--\r\n",
     (body.TYPE_GUESSED,)),
    ("parts without blank line", KIND, f"--b\r\n{SDP}\r\n--b\r\n{XML}\r\n--b--\r\n",
     (body.TYPE_GUESSED,)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "text", "warnings"), TAKEN, ids=[each[0] for each in TAKEN]
)
def test_both_parts_are_found_in(
    name: str, kind: str, text: str, warnings: tuple[str, ...]
) -> None:
    parts = split(kind, text.encode())
    assert parts.sdp is not None
    assert parts.metadata is not None
    assert parts.sdp.replace(b"\r\n", b"\n").strip() == SDP.replace("\r\n", "\n").strip().encode()
    assert parts.metadata == XML.encode()
    assert parts.warnings == warnings


def test_plain_sdp_is_the_whole_body_and_has_no_metadata() -> None:
    parts = split("application/sdp", SDP.encode())
    assert (parts.sdp, parts.metadata, parts.warnings) == (SDP.encode(), None, ())


def test_an_empty_body_says_nothing() -> None:
    assert split("", b"\r\n") == body.Parts()


def test_more_parts_than_are_read_are_left_out_by_name() -> None:
    text = "--b\r\nContent-Type: text/x\r\n\r\n1\r\n" * 20
    assert body.PARTS_TOO_MANY in split(KIND, text.encode()).warnings


def test_a_body_that_is_too_large_is_refused() -> None:
    with pytest.raises(body.BodyError, match="256 KiB"):
        split(KIND, b"x" * (body.MAX_BODY + 1))


def test_parts_never_print_what_they_hold() -> None:
    assert "audio" not in repr(split(KIND, REGULAR.encode()))


PIECES = st.sampled_from(
    ["--b", "--b--", "--", "\r\n", "\n", "Content-Type: application/sdp", SDP, XML, "Content-Type:",
     ": x", " folded", "Content-Length: 99999999999999", "Content-Length: ²", "v=0", "<"]
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=20) | st.sampled_from([KIND, "multipart/mixed", 'multipart/x;boundary="']),
    st.lists(PIECES, max_size=12).map("".join).map(str.encode) | st.binary(max_size=100),
)
def test_any_body_is_taken_apart_without_an_error(kind: str, data: bytes) -> None:
    parts = split(kind, data)
    for found in (parts.sdp, parts.metadata):
        assert found is None or found in data


def test_a_boundary_that_is_no_text_is_looked_for_as_bytes() -> None:
    odd = b"b\x80"
    content = b"--" + odd + b"\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--" + odd + b"--\r\n"
    declared = "multipart/mixed;boundary=" + odd.decode("utf-8", "surrogateescape")
    parts = split(declared, content)
    assert (parts.sdp, parts.warnings) == (b"v=0", ())
