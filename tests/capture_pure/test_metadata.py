"""Recording metadata in the shapes that senders write (RFC 7865)."""

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture_pure.scripted import Party, metadata
from vaiti.capture.siprec import metadata as md
from vaiti.capture.siprec import xml
from vaiti.capture.siprec.merging import merge
from vaiti.capture.siprec.metadata import Key, MetadataError, parse

BOTH = [Party("a", ["sip:a@h"], ["1"]), Party("b", ["sip:b@h"], ["2"])]


def addresses(told: md.Metadata) -> list[list[str]]:
    return [[name.aor.reveal() for name in each.name_ids] for each in told.participants.values()]


def wrapped(inner: str, *, space: str = "urn:ietf:params:xml:ns:recording:1") -> bytes:
    return f"<recording xmlns='{space}'><datamode>complete</datamode>{inner}</recording>".encode()


def test_participants_streams_and_ties_are_read() -> None:
    told = parse(metadata(BOTH).encode())
    assert addresses(told) == [["sip:a@h"], ["sip:b@h"]]
    assert [told.labels_sent(key) for key in told.present] == [("1",), ("2",)]
    assert told.warnings == ()


def test_a_participant_may_have_several_addresses() -> None:
    told = parse(metadata([Party("a", ["sip:2001@pbx", "tel:+35860094320"])]).encode())
    assert addresses(told) == [["sip:2001@pbx", "tel:+35860094320"]]


@pytest.mark.parametrize("name", ["id", "participant_id"])
def test_identifiers_are_found_under_both_names_and_streams_inside_the_participant(
    name: str,
) -> None:
    stream = name.replace("participant", "stream")
    told = parse(
        wrapped(
            f"<participant {name}='a' session='s'><nameID aor='1@h'/><send>x</send></participant>"
            f"<stream {stream}='x' session='s'><label>7</label></stream>",
            space="urn:ietf:params:xml:ns:recording",
        )
    )
    assert told.labels_sent(Key("a")) == ("7",)
    assert told.present == (Key("a"),)


def test_prefixes_capitals_and_nested_ids_are_taken() -> None:
    told = parse(
        b"<t:recording_metadata xmlns:t='urn:ietf:params:xml:ns:siprec'><t:dataMode>Partial"
        b"</t:dataMode><t:stream t:stream_id='x'><t:label>1</t:label></t:stream>"
        b"<t:participantstreamassoc participant_id='a'><t:send><t:id>x</t:id></t:send>"
        b"</t:participantstreamassoc></t:recording_metadata>"
    )
    assert (told.complete, told.labels_sent(Key("a")), told.warnings) == (False, ("1",), ())


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        (b"<recording xmlns='urn:x'><datamode>partial</datamode></recording>",
         md.NAMESPACE_UNKNOWN),
        (b"<call xmlns='urn:ietf:params:xml:ns:recording:1'/>", md.ROOT_UNKNOWN),
        (wrapped(""), md.PARTICIPANTS_MISSING),
        (wrapped("<participant/>"), md.PARTICIPANT_WITHOUT_ID),
        (wrapped("<stream stream_id=''><label>1</label></stream>"), md.STREAM_WITHOUT_ID),
        (wrapped("<stream id='x'/><participantstreamassoc participant_id='x'/>"),
         md.ASSOCIATION_UNKNOWN),
        (b"<recording xmlns='urn:ietf:params:xml:ns:recording:1'/>", md.MODE_MISSING),
        (wrapped("<participant id='a'><nameID><name>M\xfcller</name></nameID></participant>")
         .decode().encode("latin-1"), xml.ENCODING_WRONG),
        (wrapped("<participant id='a'/>") + b"\r\n--b", xml.JUNK_AFTER_ROOT),
        (wrapped("<participant id='a'>A & B &nbsp;</participant>"), xml.MENDED),
        (wrapped("<participant id='a'/><ac:note/>"), xml.PREFIX_UNKNOWN),
    ],
)  # fmt: skip
def test_irregular_metadata_is_taken_with_a_named_warning(data: bytes, warning: str) -> None:
    assert warning in parse(data).warnings


def test_times_of_any_kind_are_not_believed_and_do_no_harm() -> None:
    for time in ("2026-11-23T22:16:02+0000", "1970-05-13T03:29:05Z", "2019-03-09T16:50:20", "soon"):
        told = parse(
            wrapped(
                f"<participant id='a'/><participantsessionassoc participant_id='a'>"
                f"<associate-time>{time}</associate-time></participantsessionassoc>"
            )
        )
        assert told.present == (Key("a"),)


def test_who_has_left_is_not_present() -> None:
    told = parse(metadata([BOTH[0], Party("b", ["sip:b@h"], ["2"], left=True)]).encode())
    assert told.present == (Key("a"),)
    assert told.absent == {Key("b")}


def test_a_partial_document_changes_only_what_it_names() -> None:
    known = parse(metadata(BOTH).encode())
    held = merge(known, parse(metadata([Party("a", [], [])], mode="partial").encode()))
    assert (held.labels_sent(Key("a")), held.labels_sent(Key("b"))) == ((), ("2",))
    assert held.sends[Key("a")] == ()
    gone = merge(
        known, parse(metadata([Party("b", ["x"], None, left=True)], mode="partial").encode())
    )
    assert gone.present == (Key("a"),)


def test_a_complete_document_replaces_unless_it_names_nobody() -> None:
    known = parse(metadata(BOTH).encode())
    assert addresses(merge(known, parse(metadata([BOTH[1]]).encode()))) == [["sip:b@h"]]
    assert addresses(merge(known, parse(wrapped("")))) == [["sip:a@h"], ["sip:b@h"]]


def test_known_participants_stay_bounded() -> None:
    known = parse(metadata(BOTH).encode())
    for index in range(3 * md.MAX_PARTICIPANTS):
        update = metadata([Party(f"p{index}", ["sip:x@h"], [f"{index}"])], mode="partial")
        known = merge(known, parse(update.encode()))
    for group in (known.participants, known.streams, known.sends, known.present):
        assert len(group) <= md.MAX_PARTICIPANTS


def test_who_called_is_read_from_extension_data() -> None:
    told = parse(
        wrapped(
            "<participant id='a'><nameID aor='sip:1@h'/><extensiondata xmlns:apkt='http:/acme'>"
            "<apkt:callingParty>true</apkt:callingParty></extensiondata></participant>"
            "<x xmlns='urn:x'><callingPartyNumber>1</callingPartyNumber>"
            "<direction>inbound</direction><calledPartyNumber>2</calledPartyNumber></x>"
        )
    )
    assert told.participants[Key("a")].calling is True
    assert [each.reveal() for each in (*told.calling, *told.called)] == ["1", "2"]
    assert told.direction == "in"


BOMB = "<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><recording>&b;</recording>"


@pytest.mark.parametrize(
    "data",
    [
        BOMB.encode(),
        b"<!DOCTYPE r SYSTEM 'file:///etc/passwd'><recording/>",
        b"",
        b"not xml",
        b"<recording>",
        b"<recording>&unknown</recording",
        b"<ac:recording>",
        b"<a>" * (xml.MAX_DEPTH + 1),
        b"<r>" + b"<a/>" * xml.MAX_ELEMENTS + b"</r>",
        b"<r>" + b"x" * (xml.MAX_TEXT + 1) + b"</r>",
        b" " * (xml.MAX_XML + 1),
    ],
)
def test_bombs_and_broken_documents_are_metadata_errors(data: bytes) -> None:
    with pytest.raises(MetadataError):
        parse(data)


def test_n15_nothing_of_the_metadata_is_printed() -> None:
    told = parse(metadata([Party("0401234567", ["sip:0401234567@h"], ["0401234567"])]).encode())
    assert "0401234567" not in repr(told)


SNIPPETS = st.sampled_from(
    ["<participant participant_id='a'>", "</participant>", "<nameID aor='sip:1@h'/>",
     "<send>x</send>", "<stream id='x'><label>1</label></stream>", "<datamode>partial</datamode>",
     "&amp;", "]]>",
     "<participantstreamassoc participant_id='a'><send>x</send></participantstreamassoc>",
     "<participantsessionassoc participant_id='a'/>", "<x xmlns='u'><direction>in</direction></x>"]
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(SNIPPETS, max_size=10).map("".join).map(wrapped) | st.binary(max_size=80))
def test_any_document_is_read_or_refused_and_merges(data: bytes) -> None:
    known = parse(metadata(BOTH).encode())
    try:
        told = parse(data)
    except MetadataError as error:
        assert error.__cause__ is None
        return
    merged = merge(merge(known, told), told)
    assert all(merged.labels_sent(key) is not None for key in merged.participants)


def test_addresses_and_numbers_that_must_be_read_are_bounded() -> None:
    names = "".join(f'<nameID aor="tel:+35840{n:07d}"/>' for n in range(1_000))
    numbers = "".join(f'<calledNumber xmlns="x">0401{n:06d}</calledNumber>' for n in range(800))
    text = f'<recording><participant participant_id="a">{names}</participant>{numbers}</recording>'
    told = parse(text.encode())
    (participant,) = told.participants.values()
    assert len(participant.name_ids) == md.MAX_NAMES
    assert len(told.called) == md.MAX_NUMBERS


def test_a_document_that_was_read_leaves_nothing_that_holds_itself() -> None:
    document = metadata(BOTH).encode()
    gc.collect()
    gc.disable()
    parse(document)
    left = [each for each in gc.get_objects(0) if isinstance(each, xml.Element)]
    gc.enable()
    assert left == []


def test_n15_a_number_in_the_name_of_an_element_is_not_printed() -> None:
    strange = "<x xmlns='urn:x'><d01234567 at1234567='y'>1</d01234567></x>"
    read = parse(metadata(BOTH, extra=strange).encode())
    assert {each.name for each in read.extensions} >= {"d01234567", "at1234567"}
    assert "1234567" not in repr(read)
