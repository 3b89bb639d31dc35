"""A notice as a file: what is read from it, and where a fault is pointed at (N-01 to N-03)."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.notice.filling import PERIOD
from vaiti.notice.sentences import Kind
from vaiti.notice.wording import WordingRefused, business_id_holds, change, read
from vaiti.notice.wordings import text_of

REFERENCE = text_of("reference")
HELPDESK = text_of("helpdesk")


def test_the_reference_says_all_48_in_three_languages() -> None:
    notice = read(REFERENCE)
    assert [one.id for one in notice.sentences] == [f"N-{n:02}" for n in range(1, 49)]
    for one in notice.sentences:
        assert set(one.text) == {"sv", "fi", "en"}
        assert bool(one.checks) == (one.kind is Kind.PROVEN)
        assert bool(one.attests and one.lasts_months) == (one.kind is Kind.ATTESTED)
    assert {one.id for one in notice.sentences if one.kind is Kind.STATEMENT} == {"N-01"}
    assert notice.saying("period_months").id == "N-18"


def test_another_organisation_has_its_own_sentences_and_settings() -> None:
    notice = read(HELPDESK)
    assert notice.promised.period_months == 1
    assert notice.promised.basis == {"verify": "contract", "training": "consent"}
    assert "for one month from" in notice.saying("period_months").text["en"]
    assert not {one.id for one in notice.sentences} & {one.id for one in read(REFERENCE).sentences}


def test_n01_the_controller_is_said_once_and_stands_in_each_sentence_that_names_it() -> None:
    changed = change(
        REFERENCE,
        {"controller.name": 'Åbo "Post" Ab', "controller.business_id": "1234567-1"},
    )
    assert read(changed).sentences[0].text["en"].endswith('is Åbo "Post" Ab (1234567-1).')
    assert read(changed).sha256 != read(REFERENCE).sha256
    assert len(changed.splitlines()) == len(REFERENCE.splitlines())


def test_the_period_is_said_in_words_that_fit_the_number() -> None:
    one = read(change(REFERENCE, {"states.period_months": "1"})).saying("period_months")
    assert "en månad" in one.text["sv"]
    assert "yhden kuukauden" in one.text["fi"]
    assert PERIOD["fi"](6) == "6 kuukautta"


FAULTS = [
    ("period_months: 6", "period_months: half a year", "period_months: a whole number"),
    ("period_months: 6", "period_month: 6", "did you mean period_months?"),
    ("period_months: 6", "period_months: 6\n  period_months: 7", "for the second time"),
    ("zone: Europe/Helsinki", "zone: Europe/Turku", "name a time zone"),
    ("zone: Europe/Helsinki", "zone: ../../etc/passwd", "name a time zone"),
    ("  places: [EEA]", "  places: [Finland]", "two capital letters"),
    ("  lines: [service, telesales]", "  lines: [service, service]", "service is there twice"),
    ("  lines: [service, telesales]", "  lines: []", "at least one thing"),
    ("    training: legitimate_interest\n", "", "training is missing"),
    ('business_id: "7654321-2"', 'business_id: "7654321-3"', "its last digit"),
    ('  privacy_contact: "tietosuoja@reitti.example"', '  privacy_contact: ""', "is empty"),
    ('  privacy_contact: "tietosuoja@reitti.example"\n', "", "privacy_contact is missing"),
    ("kind: statement", "kind: perhaps", "write one of proven, attested, statement"),
    ("    checks: [channels.privacy_contact]\n", "", "so it needs checks"),
    ("    checks: [register.length]", "    checks: [length]", "a check such as"),
    ("    kind: statement", "    kind: statement\n    checks: [a.b]", "take it away"),
    ("    states: [mask]\n", "", "no sentence states mask"),
    ("id: N-02", "id: N-01", "N-01 stands here for the second time"),
    ("{privacy_contact}", "{boss}", "write in braces only"),
    ("      en: How long", "      de: How long", "de is not known here"),
    ("notice: customer-calls", "notice: &a customer-calls", "anchors"),
    ("notice: customer-calls", "notice: !!str customer-calls", "tags"),
    ("notice: customer-calls", "notice: [customer", "this is no YAML"),
    ("notice: customer-calls", "notice: customer-calls\n---\na: b", "second"),
]


@pytest.mark.parametrize(("old", "new", "says"), FAULTS, ids=[str(n) for n in range(len(FAULTS))])
def test_a_fault_is_pointed_at_by_its_line_and_says_what_to_change(
    old: str, new: str, says: str
) -> None:
    text = REFERENCE.replace("How long the call was.", "How long")
    text = text.replace('      en: "How long"', "      en: How long")
    assert old in text
    with pytest.raises(WordingRefused, match=re.escape(says)) as caught:
        read(text.replace(old, new, 1))
    assert re.match(r"line [0-9]+: ", str(caught.value))


def test_a_line_is_the_one_that_is_wrong() -> None:
    line = REFERENCE.splitlines().index("  period_months: 6") + 1
    with pytest.raises(WordingRefused, match=rf"^line {line}: period_months"):
        read(REFERENCE.replace("period_months: 6", "period_months: 0"))


def test_a_heap_of_brackets_or_of_letters_is_refused_and_breaks_nothing() -> None:
    for text in ("[" * 5000, "{a: " * 5000, "- " * 5000, "", "\0", "a: b\r\n", "x" * 1_000_001):
        with pytest.raises(WordingRefused):
            read(text)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_cut_or_put_in_is_read_or_refused_with_a_line(data: st.DataObject) -> None:
    begins = data.draw(st.integers(0, len(HELPDESK)))
    ends = data.draw(st.integers(begins, min(len(HELPDESK), begins + 40)))
    put = data.draw(st.text(alphabet="abN-0: \n[]{}\"'&*!>|#%\t", max_size=12))
    text = HELPDESK[:begins] + put + HELPDESK[ends:]
    try:
        read(text)
    except WordingRefused as refused:
        assert re.match(r"line [0-9]+: ", str(refused))


@given(st.text(min_size=1, max_size=60).filter(str.strip))
@settings(max_examples=12, deadline=None)
def test_n01_any_name_can_be_written_to_the_file(name: str) -> None:
    shown = "".join(one for one in name if one.isprintable()).strip()
    changed = change(HELPDESK, {"controller.name": shown or "x"})
    assert read(changed).controller.name == (shown or "x")


def test_n01_a_business_id_has_the_right_last_digit() -> None:
    assert business_id_holds("7654321-2")
    assert not business_id_holds("7654321-1")
    assert business_id_holds("SE556677889901")
    assert not business_id_holds(" ")


def test_every_check_that_a_notice_names_is_described() -> None:
    page = (Path(__file__).parents[2] / "docs" / "promises.md").read_text()
    described = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", page, re.MULTILINE))
    for text in (REFERENCE, HELPDESK):
        assert {check for one in read(text).sentences for check in one.checks} <= described
