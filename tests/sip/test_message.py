"""Messages from bytes and back, and that no bytes can do more than be refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip.peer import SDP, Peer
from vaiti.capture.sip.grammar import (
    NameAddr,
    SipError,
    Via,
    parse_name_addr,
    parse_uri,
    parse_via,
    split_list,
    unquote,
)
from vaiti.capture.sip.headers import MAX_HEADERS, MAX_LINE_CHARS
from vaiti.capture.sip.message import (
    MAX_MESSAGE_BYTES,
    Headers,
    Request,
    Response,
    outline,
    parse,
)

INVITE = Peer().invite("Supported: timer", 'Subject: "a, b", <c,d>')
RESPONSE = (
    b"SIP/2.0 486 Busy here\r\nVia: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx\r\n"
    b'From: "M\xc3\xbcller \\"M\\"" <sip:m@example.com>;tag=1\r\nTo: sip:b@example.com;tag=2\r\n'
    b"Call-ID: c\r\nCSeq: 7 BYE\r\nContent-Length: 0\r\n\r\n"
)
MINIMAL = (
    b"OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP c;branch=z9hG4bK1\r\nf: <sip:d@e>;tag=1\r\n"
    b"t: <sip:a@b>\r\ni: x\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n"
)


def request(data: bytes) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def refused(data: bytes, *, stream: bool = False) -> int:
    with pytest.raises(SipError) as caught:
        parse(data, stream=stream)
    return caught.value.status


def test_compact_names_are_their_long_names_and_case_does_not_matter() -> None:
    message = request(MINIMAL)
    assert message.headers.get("Via") == "SIP/2.0/UDP c;branch=z9hG4bK1"
    assert message.headers.get("vIA") == message.headers.get("v")
    assert message.headers.all("call-id") == ["x"]
    assert "FROM" in message.headers
    assert "Contact" not in message.headers


def test_bare_line_feeds_and_leading_empty_lines_are_tolerated() -> None:
    message = request(b"\r\n\r\n\n" + MINIMAL.replace(b"\r\n", b"\n"))
    assert message.call_id == "x"
    assert message.warnings == ("bare_lf",)


def test_a_bare_line_feed_in_the_body_is_nobodys_business() -> None:
    message = request(INVITE.replace(b"t=0 0\r\n", b"t=0 0\n\n"))
    assert message.warnings == ()
    assert len(message.body) == len(SDP)


def test_an_empty_line_of_bare_line_feeds_ends_the_head_also_before_a_later_one() -> None:
    message = request(MINIMAL.replace(b"l: 0\r\n\r\n", b"\n") + b"v=0\r\n\r\nx")
    assert message.body == b"v=0\r\n\r\nx"


def test_folded_lines_are_one_line() -> None:
    data = MINIMAL.replace(b"i: x", b"Accept: a/b,\r\n\t c/d\r\n ,e/f\r\ni: x")
    assert request(data).headers.items("Accept") == ["a/b", "c/d", "e/f"]


def test_a_line_that_is_no_header_is_passed_over_with_a_warning() -> None:
    message = request(
        MINIMAL.replace(b"i: x", b"this is no header\r\nVia\r\nB\xc3\xa4d: 1\r\ni: x")
    )
    assert message.warnings == ("malformed_header_line",)
    assert len(message.headers) == 5


def test_a_datagram_is_cut_to_its_content_length_and_refused_when_short() -> None:
    message = request(INVITE + b"tail")
    assert message.body == SDP
    assert message.warnings == ("trailing_bytes",)
    assert refused(INVITE[:-1]) == 400


def test_content_length_may_be_missing_in_a_datagram_but_not_in_a_stream() -> None:
    data = MINIMAL.replace(b"l: 0\r\n", b"") + b"body"
    assert request(data).body == b"body"
    assert refused(data, stream=True) == 400


def test_content_length_may_be_said_twice_if_it_is_the_same() -> None:
    assert request(MINIMAL.replace(b"l: 0", b"l: 0\r\nContent-Length: 0")).body == b""
    assert refused(MINIMAL.replace(b"l: 0", b"l: 0\r\nContent-Length: 1")) == 400
    assert refused(MINIMAL.replace(b"l: 0", b"l: \xd9\xa1")) == 400


def test_repeated_headers_count_once_when_they_agree_or_are_empty() -> None:
    message = request(MINIMAL.replace(b"i: x", b"i: \r\ni: x\r\ni: x"))
    assert message.call_id == "x"
    assert message.warnings == ("repeated_header",)
    assert refused(MINIMAL.replace(b"i: x", b"i: x\r\ni: y")) == 400


@pytest.mark.parametrize("name", [b"v", b"f", b"t", b"i", b"CSeq"])
def test_a_message_without_a_header_it_must_have_is_refused(name: bytes) -> None:
    lines = [line for line in MINIMAL.split(b"\r\n") if not line.startswith(name + b":")]
    assert refused(b"\r\n".join(lines)) == 400


def test_limits_are_named_and_kept() -> None:
    assert refused(MINIMAL + b"x" * MAX_MESSAGE_BYTES) == 513
    many = b"X: y\r\n" * (MAX_HEADERS + 1)
    assert refused(MINIMAL.replace(b"i: x\r\n", b"i: x\r\n" + many)) == 400
    long = b"X: " + b"y" * MAX_LINE_CHARS
    assert refused(MINIMAL.replace(b"i: x", b"i: x\r\n" + long)) == 400
    vias = b"v: SIP/2.0/UDP z\r\n" * 80
    assert refused(MINIMAL.replace(b"f: ", vias + b"f: ")) == 400


@pytest.mark.parametrize("mark", [b" ", b";", b",", b"\\", b":", b'"', b"<"])
def test_long_runs_of_one_mark_are_read_in_little_time(mark: bytes) -> None:
    run = mark * (MAX_LINE_CHARS - 100)
    for name in (b"f", b"v", b"X"):
        data = MINIMAL.replace(name + b": ", name + b": " + run)
        try:
            parse(data)
        except SipError as error:
            assert error.status == 400


def test_bytes_that_are_no_utf8_survive_the_way_through() -> None:
    data = MINIMAL.replace(b"f: <", b'f: "\xff\xfe" <')
    message = request(data)
    assert message.sender.display == "��"
    assert b'"\xff\xfe" <sip:d@e>' in message.encode()


def test_a_response_is_read_with_its_quotes_and_its_bracketed_host() -> None:
    message = parse(RESPONSE)
    assert isinstance(message, Response)
    assert (message.status, message.reason, message.method) == (486, "Busy here", "BYE")
    assert message.sender.display == 'Müller "M"'
    assert (message.vias[0].host, message.vias[0].port) == ("[2001:db8::1]", 5060)


@pytest.mark.parametrize(
    ("text", "display", "uri", "tag"),
    [
        ("sip:a@b;tag=1", "", "sip:a@b", "1"),
        ("<sip:a@b;user=phone>;tag=1", "", "sip:a@b;user=phone", "1"),
        ("Anna Å <sip:a@b> ; tag = 1", "Anna Å", "sip:a@b", "1"),
        (r'"a \"b\" \\" <sip:a@b>;tag=1', r'a "b" \\'[:-1], "sip:a@b", "1"),
        ('"<sip:x@y>" <sip:a@b>;tag=1', "<sip:x@y>", "sip:a@b", "1"),
        ('Bell, A <sip:a@b>;x=";tag=2";tag=1', "Bell, A", "sip:a@b", "1"),
        ("< tel:+358 >", "", "tel:+358", ""),
    ],
)
def test_addresses_are_read_with_quotes_brackets_and_parameters(
    text: str, display: str, uri: str, tag: str
) -> None:
    address = parse_name_addr(text)
    assert (address.display, address.uri, address.tag) == (display, uri, tag)


@pytest.mark.parametrize(
    "text", ['"a <sip:a@b>', "<sip:a@b", '"a"', "", "a@b", "<sip:a b@c>", "<sip:a@b> x", "<sip:>"]
)
def test_addresses_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        parse_name_addr(text)


@pytest.mark.parametrize(
    "text",
    ["", "SIP/2.0/UDP", "SIP/2.0 a", "HTTP/2.0/UDP a", "SIP/2.0/UDP a:0", "SIP/2.0/UDP a:70000",
     "SIP/2.0/UDP [::1", "SIP/2.0/UDP a b", ";;"],
)  # fmt: skip
def test_hops_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(SipError):
        parse_via(text)


def test_uris_are_cut_in_their_parts() -> None:
    uri = parse_uri("sip:user;par=u%40x:secret@[2001:db8::9]:5070;transport=tcp;lr?Subject=x")
    assert (uri.user, uri.host, uri.port) == ("user;par=u%40x", "[2001:db8::9]", 5070)
    assert uri.params == {"transport": "tcp", "lr": None}
    assert uri.headers == "Subject=x"
    assert parse_uri("TEL:+358-40-123;phone-context=x").user == "+358-40-123"
    for text, status in (("http://x", 416), ("sip:", 400), ("<sip:a@b>", 400), ("sip:::1", 400)):
        with pytest.raises(SipError) as caught:
            parse_uri(text)
        assert caught.value.status == status


def test_lists_are_cut_outside_of_quotes_and_brackets() -> None:
    assert split_list('<sip:a,b>;x="c,d", e ,"f\\",g"') == ['<sip:a,b>;x="c,d"', "e", '"f\\",g"']


def test_a_refusable_outline_needs_a_request_line_and_a_hop() -> None:
    shape = outline(MINIMAL.replace(b"i: x\r\n", b""))
    assert shape is not None
    assert (shape.method, shape.via.host) == ("OPTIONS", "c")
    for data in (b"", b"x", RESPONSE, MINIMAL.replace(b"v: ", b"w: ")):
        assert outline(data) is None


def test_errors_do_not_repeat_what_they_read() -> None:
    number = "358401234567"
    for bad in (f"sip:{number}@", f'"{number} <sip:a@b>', f"<sip:{number} @b>", f"{number}"):
        with pytest.raises(SipError) as caught:
            parse(MINIMAL.replace(b"<sip:a@b>", bad.encode() + b"<"))
        assert number not in str(caught.value)


@settings(max_examples=100)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_parse_or_are_refused(data: bytes, stream: bool) -> None:
    try:
        parse(data, stream=stream)
    except SipError as error:
        assert 400 <= error.status <= 599
    outline(data)


@settings(max_examples=100)
@given(st.data(), st.sampled_from([INVITE, RESPONSE, MINIMAL]))
def test_mutated_messages_parse_or_are_refused_and_then_go_round(
    data: st.DataObject, message: bytes
) -> None:
    edits = st.tuples(st.integers(0, len(message)), st.integers(0, 4), st.binary(max_size=6))
    for at, cut, new in data.draw(st.lists(edits, max_size=4)):
        message = message[:at] + new + message[at + cut :]
    try:
        parsed = parse(message)
    except SipError:
        outline(message)
        return
    again = parse(parsed.encode())
    assert (again.headers, again.body) == (parsed.headers, parsed.body)
    assert type(again) is type(parsed)
    assert (again.sender, again.recipient, again.vias) == (
        parsed.sender,
        parsed.recipient,
        parsed.vias,
    )


NAMES = st.from_regex(r"\A[A-Za-z][A-Za-z0-9-]{0,20}\Z").filter(
    lambda name: name.lower() not in {"l", "content-length", "v", "via", "f", "from", "t", "to",
                                      "i", "call-id", "cseq", "max-forwards", "c", "content-type"}
)  # fmt: skip
VALUES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=" "), max_size=40
)


@settings(max_examples=100)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), st.binary(max_size=50))
def test_what_is_encoded_parses_to_the_same(lines: list[tuple[str, str]], body: bytes) -> None:
    known = [*request(MINIMAL).headers, *lines]
    original = Request(
        "OPTIONS",
        "sip:a@b",
        Headers(known),
        body,
        (Via("2.0", "UDP", "c", 0, {"branch": "z9hG4bK1"}),),
        NameAddr("", "sip:d@e", {"tag": "1"}),
        NameAddr("", "sip:a@b", {}),
        "x",
        1,
    )
    again = request(original.encode())
    for name, value in lines:
        assert value.strip(" \t") in again.headers.all(name)
    assert (again.body, again.vias, again.sender) == (body, original.vias, original.sender)
    assert len(again.headers) == len(known)


@given(st.text(max_size=40))
def test_quoting_and_unquoting_are_inverse(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert unquote(quoted) == text
