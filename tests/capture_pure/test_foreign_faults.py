"""Metadata and descriptions by senders that follow a draft, or write what is no XML at all.

In each, the agent's voice comes first and the participants in the other order: whoever guessed
would put each voice under the other's name.
"""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture_pure.scripted import LINE, Client, agent, customer, metadata, only, orders, sdp
from capture_pure.test_foreign_senders import MASKED, Message, call_of, parts
from vaiti.capture.events import Begin, Draft
from vaiti.capture.session.session import Session
from vaiti.capture.siprec import tagsoup, xml
from vaiti.capture.siprec.merging import merge
from vaiti.capture.siprec.metadata import MetadataError, parse

TOLD = metadata([customer(label="2"), agent(label="1")])
OFFER = sdp("1", "2")
NAMED = re.compile(r'<nameID aor="([^"]*)"><name>Maija</name></nameID>')
TIES = re.compile(r"<participantstreamassoc.*?</participantstreamassoc>")
UUIDS = {
    "s-1": "0F6A2A1C-8A52-4E3B-9E07-5B1B0B7A9C11",
    "s-2": "7D0E9F6B-1C2D-4E5F-8A9B-0C1D2E3F4A5B",
}


def ties_inside(text: str) -> str:
    """Each association in the participant that it is about, without saying so again."""
    for tie in TIES.findall(text):
        (key,) = re.findall(r'participant_id="([^"]*)"', tie)
        inner = re.sub(r' participant_id="[^"]*"', "", tie)
        text = text.replace(tie, "")
        whole = re.compile(rf'(<participant participant_id="{key}">.*?)</participant>')
        text = whole.sub(lambda found, inner=inner: f"{found[1]}{inner}</participant>", text)
    return text


def streams_inside(text: str) -> str:
    text = re.sub(r"<stream .*?</stream>", "", TIES.sub("", text))
    for key, label in (("p-customer", "2"), ("p-2001", "1")):
        whole = re.compile(rf'(<participant participant_id="{key}">.*?)</participant>')
        stream = f'<stream stream_id="x{label}"><label>{label}</label></stream></participant>'
        text = whole.sub(lambda found, stream=stream: found[1] + stream, text)
    return text


def uuids(text: str) -> str:
    """Named here with capitals and braces, and there as a URN."""
    for key, value in UUIDS.items():
        text = text.replace(f'"{key}"', f'"{{{value}}}"')
        text = text.replace(f">{key}<", f">urn:uuid:{value.lower()}<")
    return text


def in_a_session(text: str) -> str:
    head, _, rest = text.partition("<session session_id='cs'/>")
    return (
        f"{head}<session session_id='cs'>{rest.replace('</recording>', '')}</session></recording>"
    )


WHOLE: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "all in the session": in_a_session,
    "an envelope around it": lambda text: text.replace(
        "<recording ", "<envelope><recording ", 1
    ).replace("</recording>", "</recording></envelope>"),
    "address in an element": lambda text: NAMED.sub(r"<nameID><aor>\1</aor></nameID>", text),
    "address as the text": lambda text: NAMED.sub(r"<nameID>\1</nameID>", text),
    "addresses of the participant itself": lambda text: NAMED.sub(r"<aor>\1</aor>", text),
    "uri for aor": lambda text: text.replace("aor=", "uri="),
    "label as an attribute": lambda text: re.sub(
        r"><label>(.)</label></stream>", r' label="\1"/>', text
    ),
    "the label for the stream": lambda text: text.replace("<send>s-", "<send>"),
    "the stream as an attribute": lambda text: re.sub(
        r"<send>([^<]*)</send>", r'<send stream_id="\1"/>', text
    ),
    "the stream with blanks": lambda text: text.replace("<send>", "<send>\n  "),
    "uuids in other spellings": uuids,
    "long names": lambda text: text.replace("streamassoc", "StreamAssociation").replace(
        "sessionassoc", "SessionAssociation"
    ),
    "names with hyphens": lambda text: text.replace(
        "participantstreamassoc", "participant-stream-assoc"
    ),
    "associations in their participants": ties_inside,
    "streams in their participants": streams_inside,
    "the mode as an attribute": lambda text: text.replace(
        "<datamode>complete</datamode>", ""
    ).replace("<recording ", "<recording dataMode='Complete' "),
}
"""Well-formed, and in other places than RFC 7865 has it."""

BROKEN: dict[str, Callable[[str], str]] = {
    "cut off": lambda text: text[:-40],
    "ends crossed": lambda text: text.replace("</nameID></participant>", "</participant></nameID>"),
    "an end in another spelling": lambda text: text.replace("</participant>", "</particpant>", 1),
    "an end too many": lambda text: text.replace("<datamode>", "</x><datamode>"),
    "an attribute twice": lambda text: text.replace(
        'participant_id="p-c', 'a="1" a="2" participant_id="p-c', 1
    ),
    "attributes without quotes": lambda text: re.sub(r'="([^" ]*)"', r"=\1", text),
    "an unquoted name": lambda text: text.replace("Maija", "a < b"),
    "escaped whole": lambda text: text.replace("<", "&lt;"),
    "something before it": lambda text: f"xx {text}",
}
"""No XML at all."""


def judged(text: str) -> None:
    found = call_of(Message(body=parts(text.encode(), OFFER.encode())))
    assert (found.line, found.direction, found.customer) == (LINE, "in", MASKED)
    assert [leg.device for leg in found.legs] == ["2001"]
    assert [track.role for track in found.tracks] == ["agent", "customer"]
    assert "roles_by_order" not in found.warnings


@pytest.mark.parametrize("name", WHOLE)
def test_each_voice_is_under_its_name_wherever_the_metadata_has_it(name: str) -> None:
    judged(WHOLE[name](TOLD))


@pytest.mark.parametrize("name", BROKEN)
def test_metadata_that_is_no_xml_is_read_by_its_tags_with_a_warning(name: str) -> None:
    text = BROKEN[name](TOLD)
    judged(text)
    assert xml.BROKEN in parse(text.encode()).warnings


def test_broken_metadata_takes_nobody_out_of_a_call() -> None:
    """Who is missing in it may have been in the part that is missing."""
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    made.establish(OFFER, TOLD)
    made.now += 10
    for end in range(80, len(TOLD) - 1, 31):
        out = made.invite("", TOLD[:end])
        for draft in only(Draft, out):
            assert [leg.device for leg in draft.draft.legs if leg.to_us >= draft.draft.ended_us]
    [begin] = only(Begin, made.out)
    assert made.session.calls == 1
    whole = parse(TOLD.encode())
    for end in range(0, len(TOLD), 5):
        try:
            cut = parse(TOLD[:end].encode())
        except MetadataError:
            continue
        assert merge(whole, cut).present == whole.present
    assert begin.draft.customer == MASKED


PIECES = st.sampled_from(
    ["<", ">", "/", "</", "/>", '"', "'", "=", "a", "<a>", "</a>", "<b c=d>", "<!--", "-->",
     "<![CDATA[", "]]>", "<?", "<!", "&lt;", "&#1;", "&amp;", " ", "\x00", "é", "<recording>"]
)  # fmt: skip


class Nest:
    """A builder that only looks whether each start has its end."""

    def __init__(self) -> None:
        self.open: list[str] = []

    def start_prefixed(self, name: str, attributes: dict[str, str]) -> None:
        assert all(attributes)
        self.open.append(name)

    def end(self, name: str) -> None:
        assert self.open.pop() == name

    def characters(self, text: str) -> None:
        assert self.open
        assert "\x00" not in text


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_stands_there_each_start_has_its_end(text: str) -> None:
    nest = Nest()
    tagsoup.feed(text, nest)
    assert nest.open == []


@pytest.mark.parametrize("piece", ["<", "<a ", '<a b="', "<!--", "<![CDATA[", "</a", "<a b='<"])
def test_long_runs_of_broken_tags_are_read_once(piece: str) -> None:
    """A reader that begins anew at every mark would look at a hundred million characters."""
    seen = 0

    class Counted(Nest):
        def characters(self, text: str) -> None:
            nonlocal seen
            seen += len(text)

    text = "<r>" + piece * (xml.MAX_XML // len(piece))
    tagsoup.feed(text, Counted())
    assert seen <= 2 * len(text)


def test_the_label_of_the_only_stream_may_stand_before_it() -> None:
    one = sdp("1").replace("a=label:1\r\n", "").replace("t=0 0\r\n", "t=0 0\r\na=label:7\r\n")
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    out = made.establish(one, metadata([customer(label="7"), agent(label="")]))
    [begin] = only(Begin, out)
    assert [(each.label, each.role) for each in begin.draft.tracks] == [("7", "customer")]
    assert "sdp_label_missing" not in begin.draft.warnings


@pytest.mark.parametrize(
    ("labels", "roles"),
    [
        (("1", "2", "3"), ["customer", "agent", "agent"]),
        (("3", "1", "2", "9"), ["agent", "customer", "agent", "unknown"]),
    ],
)
def test_three_and_more_streams_are_told_apart_by_their_labels(
    labels: tuple[str, ...], roles: list[str]
) -> None:
    told = metadata([customer(), agent(), agent("2002", label="3")])
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    [begin] = only(Begin, made.establish(sdp(*labels), told))
    assert [each.role for each in begin.draft.tracks] == roles
    assert [leg.device for leg in begin.draft.legs] == ["2001", "2002"]


def test_a_stream_of_all_voices_beside_those_of_each_is_mixed() -> None:
    told = metadata([customer(), agent()])
    told = told.replace("<label>1</label>", "<label>1</label><mode>separate</mode>").replace(
        "</recording>",
        "<stream stream_id='s-3'><label>3</label><mode>mixed</mode></stream></recording>",
    )
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    [begin] = only(Begin, made.establish(sdp("1", "2", "3"), told))
    assert [each.role for each in begin.draft.tracks] == ["customer", "agent", "mixed"]
