"""What senders were met to write in metadata, one by one: identifiers, labels, addresses, names.

Voices cross the order of participants everywhere, so that whoever guesses is wrong.
"""

import pytest

from capture_pure.scripted import LINE, Client, agent, customer, metadata, only, orders, sdp
from capture_pure.test_foreign_senders import MASKED
from vaiti.capture.events import Begin
from vaiti.capture.session.session import Session
from vaiti.vault.manifest import Manifest

TOLD = metadata([customer(label="2"), agent(label="1")])
NAMES = ("p-customer", "p-2001", "s-1", "s-2")

IDENTIFIERS = {
    "base64": ("7+OTCyoxTmqmqyA/1weDAg==", "hVpd7YQgRW2nD22h7q60JQ==", "i1Pz3to5=", "8zc6e0lY="),
    "urns": tuple(f"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf{n}" for n in range(4)),
    "free text": ("the caller", "the agent", "stream one", "stream two"),
    "telephone numbers": ("0401234567", "2001", "040123456", "040123455"),
    "call identifiers": ("a84b4c76e66710@pc33.example", "b@pbx", "c@pc33", "d@pc33"),
    "numbers from one": ("1", "2", "3", "4"),
}
LABELS = [("0", "1"), ("1", "2"), ("10", "20"), ("96", "97"), ("a_leg", "b_leg"),
          ("inbound", "outbound"), ("main-audio", "main_audio")]  # fmt: skip
ADDRESSES = {
    "no scheme": "358401234567@carrier.example",
    "blanks around": "  sip:+358401234567@carrier.example  ",
    "a name-addr": "&quot;Maija&quot; &lt;sip:+358401234567@carrier.example&gt;;x=y",
    "parameters": "sip:+358401234567;tgrp=7;trunk-context=x@carrier.example;user=phone;cpc=o",
    "sips": "sips:+358401234567@carrier.example",
    "number alone": "+358401234567",
}
PEOPLE = ["<name> </name>", "<name xml:lang='fi'>Maija</name>", "<name/>", "",
          "<name>Maija</name><name xml:lang='sv'>Maja</name>"]  # fmt: skip
DATA = [
    "<extensiondata xmlns:apkt='http://acmepacket.com/siprec/extensiondata'><apkt:ucid>1</apkt:ucid>",
    "<extensiondata xmlns:apkt='http:/acmepacket.com/siprec/extensiondata'><apkt:x/>",
    "<extensiondata><broadWorksRecordingMetadata xmlns='http://schema.broadsoft.com/x'><a/>"
    "</broadWorksRecordingMetadata>",
    "<extensiondata><metaswitchRecordingMetadata><a b='c'/></metaswitchRecordingMetadata>",
    "<extensiondata xmlns:ac='http://AudioCodes'><ac:callid>1</ac:callid>",
    "<extensiondata><callData><fromhdr>x</fromhdr></callData>",
]


def begun(told: str, labels: tuple[str, str] = ("1", "2")) -> Manifest:
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    [begin] = only(Begin, made.establish(sdp(*labels), told))
    return begin.draft


def right(found: Manifest) -> None:
    assert (found.line, found.direction, found.customer) == (LINE, "in", MASKED)
    assert [leg.device for leg in found.legs] == ["2001"]
    assert [track.role for track in found.tracks] == ["agent", "customer"]
    assert "roles_by_order" not in found.warnings


@pytest.mark.parametrize("kind", IDENTIFIERS)
def test_identifiers_of_every_kind_tie_and_are_never_kept(kind: str) -> None:
    told = TOLD
    for name, value in zip(NAMES, IDENTIFIERS[kind], strict=True):
        told = told.replace(f'"{name}"', f'"{value}"').replace(f">{name}<", f">{value}<")
    found = begun(told)
    right(found)
    kept = {found.line, found.customer, *(leg.device for leg in found.legs)}
    assert kept == {LINE, MASKED, "2001"}


@pytest.mark.parametrize("labels", LABELS)
def test_labels_of_every_kind_say_whose_voice_it_is(labels: tuple[str, str]) -> None:
    told = metadata([customer(label=labels[1]), agent(label=labels[0])])
    right(begun(told, labels))


def test_a_label_that_could_be_a_number_tells_voices_apart_and_is_not_kept() -> None:
    told = metadata([customer(label="16777228"), agent(label="16777227")])
    found = begun(told, ("16777227", "16777228"))
    right(found)
    assert [track.label for track in found.tracks] == ["", ""]


@pytest.mark.parametrize("kind", ADDRESSES)
def test_addresses_in_every_spelling_are_one_number(kind: str) -> None:
    plain = "sip:+358401234567@carrier.example;user=phone"
    right(begun(TOLD.replace(plain, ADDRESSES[kind])))


@pytest.mark.parametrize("name", PEOPLE)
def test_names_may_be_empty_doubled_or_missing(name: str) -> None:
    right(begun(TOLD.replace("<name>Maija</name>", name)))


@pytest.mark.parametrize("data", DATA, ids=range(len(DATA)))
def test_extension_data_of_every_maker_does_no_harm(data: str) -> None:
    right(begun(TOLD.replace("</recording>", f"{data}</extensiondata></recording>")))
    end = "</nameID></participant>"
    right(begun(TOLD.replace(end, f"</nameID>{data}</extensiondata></participant>")))


def test_a_stream_that_nobody_sends_and_an_association_of_a_stream_do_no_harm() -> None:
    more = (
        '<stream stream_id="s-9"><label>9</label></stream><stream stream_id=""/>'
        '<participantstreamassoc participant_id="s-1"><send>s-2</send></participantstreamassoc>'
    )
    right(begun(TOLD.replace("</recording>", f"{more}</recording>")))


def test_two_participants_who_send_one_stream_are_mixed() -> None:
    told = metadata([customer(label="1"), agent(label="1")])
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    [begin] = only(Begin, made.establish(sdp("1"), told))
    assert [track.role for track in begin.draft.tracks] == ["mixed"]


def test_several_streams_may_stand_in_one_reference() -> None:
    told = metadata([customer(label="3"), agent(label="1")])
    told = told.replace("<send>s-1</send>", "<send>s-1, s-2</send>")
    more = '<stream stream_id="s-2"><label>2</label></stream>'
    told = told.replace("</recording>", f"{more}</recording>")
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    [begin] = only(Begin, made.establish(sdp("1", "2", "3"), told))
    assert [track.role for track in begin.draft.tracks] == ["agent", "agent", "customer"]
