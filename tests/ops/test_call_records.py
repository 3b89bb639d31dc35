"""A phone system's records in the spellings that there are; no customer's number comes out."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaiti.ops.call_records import Read, RecordsUnusable, read_records
from vaiti.ops.sections.completeness import RecordFormat, format_fault
from vaiti.register.matching import SECOND

LINE, OTHER, CUSTOMER = "+358207100000", "+358207200000", "+358401234567"
LINES = (LINE, OTHER)
PLAIN = RecordFormat("pbx", ("from", "to"), "start", seconds="billsec", zone="Europe/Helsinki")
NINE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # nine in Helsinki


def read(text: str | bytes, made: RecordFormat = PLAIN) -> Read:
    data = text.encode() if isinstance(text, str) else text
    return read_records(data, made, LINES, "FI")


def one(text: str | bytes, made: RecordFormat = PLAIN) -> tuple[str, datetime, float]:
    found = read(text, made)
    assert found.faulty == ()
    (told,) = found.told
    each = told.stretch
    length = (each.end_us - each.start_us) / SECOND
    return each.line, datetime.fromtimestamp(each.start_us / SECOND, UTC), length


@pytest.mark.parametrize(
    "start",
    [
        *("2026-11-23T07:00:00Z", "2026-11-23T09:00:00+02:00", "2026-11-23 09:00:00"),
        *("23.11.2026 09:00:00", "23.11.2026 9.00.00", "1795417200", "1795417200000"),
        *("2026/11/23 09:00:00", "20261123090000", "Mon Nov 23 09:00:00 2026"),
    ],
)
@pytest.mark.parametrize("length", ["75", "75.0", "00:01:15", "1:15"])
def test_times_and_lengths_are_read_as_they_are_written(start: str, length: str) -> None:
    text = f"From,To,Start,Billsec\n{CUSTOMER},{LINE},{start},{length}\n"
    assert one(text) == (LINE, NINE, 75.0)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_usual_csv_is_read(delimiter: str, encoding: str, end: str) -> None:
    rows = (
        ("from", "to", "Öl", "start", "billsec"),
        (CUSTOMER, "020 710 0000", "säg hej", "2026-11-23 09:00:00", "75"),
    )
    text = end.join(delimiter.join(row) for row in rows) + end
    assert one(text.encode(encoding)) == (LINE, NINE, 75.0)


@pytest.mark.parametrize(
    "written", ["0207100000", "+358 20 710 0000", "00358207100000", "sip:+358207100000@pbx.invalid"]
)
def test_a_line_is_found_in_either_column_however_it_is_written(written: str) -> None:
    for pair in (f"{written},{CUSTOMER}", f"{CUSTOMER},{written}"):
        assert one(f"from,to,start,billsec\n{pair},2026-11-23 09:00:00,75\n")[0] == LINE


def test_an_end_makes_the_length_also_over_the_clock_change() -> None:
    made = RecordFormat("pbx", ("to",), "start", end="end", zone="Europe/Helsinki")
    text = "to,start,end\n0207100000,2026-10-25 03:59:30,2026-10-25 03:00:30\n"
    found = read(text, made).told[0].stretch
    assert (found.end_us - found.start_us) / SECOND == 60
    assert found.other_us is not None and found.other_us - found.start_us == 3600 * SECOND
    assert one(text.replace("03:59:30", "05:00:00").replace("03:00:30", "05:01:15"), made)[2] == 75


def test_the_unanswered_and_other_numbers_are_counted_and_left_out() -> None:
    made = RecordFormat(
        *("pbx", ("from", "to"), "answer"),
        seconds="billsec",
        answered="disposition",
        values=("ANSWERED",),
        direction="way",
        zone="UTC",
    )
    text = (
        "from,to,answer,billsec,disposition,way\n"
        f"{CUSTOMER},{LINE},2026-11-23 07:00:00,75,answered,Inbound\n"
        f"{LINE},{CUSTOMER},2026-11-23 07:00:00,75,ANSWERED,outgoing\n"
        f"{CUSTOMER},{LINE},,0,NO ANSWER,Inbound\n"
        f"{CUSTOMER},{LINE},2026-11-23 07:00:00,0,ANSWERED,Inbound\n"
        f"{CUSTOMER},+358209999999,2026-11-23 07:00:00,75,ANSWERED,Inbound\n"
    )
    found = read(text, made)
    assert [told.direction for told in found.told] == ["in", "out"]
    assert (found.unanswered, found.others) == (2, 1)


def test_n15_a_faulty_row_is_told_by_its_number_and_repeats_nothing() -> None:
    text = (
        f"from,to,start,billsec\n{CUSTOMER},{LINE},{CUSTOMER},75\n"
        f"{CUSTOMER},{LINE},2026-11-23 09:00:00,{CUSTOMER}\n\n"
        f"{CUSTOMER},{LINE},2026-11-23 09:00:00\n"
    )
    found = read(text)
    assert [number for number, _ in found.faulty] == [2, 3, 4]
    assert "401234" not in repr(found)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "has no column"),
        (b"from,to,begin\n", "no column start, billsec"),
        (b"\xff\xfe1", "not in utf-16"),
        (b'from,to,start,billsec\n"' + b"x" * 200_000, "no CSV from some row on"),
    ],
)
def test_what_is_no_such_file_is_refused_with_what_to_change(data: bytes, says: str) -> None:
    with pytest.raises(RecordsUnusable, match=says):
        read(data)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("2026-11-23 09:00:00," + "9" * 40, "neither seconds"),
        ("2026-11-23 09:00:00," + "9" * 5000 + ":00:01", "neither seconds"),
        ("0001-01-01 00:00:00,75", "years"),
        ("9999-12-31 23:59:59+00:00,75", "years"),
    ],
)
def test_a_row_of_no_possible_time_or_length_is_named_and_the_others_are_read(
    written: str, says: str
) -> None:
    right = f"{CUSTOMER},{LINE},2026-11-23 09:00:00,75\n"
    found = read(f"from,to,start,billsec\n{CUSTOMER},{LINE},{written}\n{right}")
    ((row, why),) = found.faulty
    assert (row, len(found.told)) == (2, 1)
    assert says in why


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(RecordsUnusable):
        assert read(b"from,to,start,billsec\n" + data).told == ()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "The PBX"}, "small letters"),
        ({"line": ()}, "line lists"),
        ({"end": "end"}, "either end or seconds"),
        ({"answered": "disposition"}, "values lists"),
        ({"zone": "Europe/Helsingfors"}, "zone is such as"),
        ({"encoding": "finnish"}, "encoding such as"),
        ({"delimiter": ";;"}, "one character"),
    ],
)
def test_a_mapping_that_says_too_little_is_refused(change: dict[str, object], says: str) -> None:
    given = {"name": "pbx", "line": ("to",), "start": "start", "seconds": "billsec", **change}
    assert says in (format_fault(RecordFormat(**given)) or "")  # type: ignore[arg-type]
