"""The Range header (RFC 9110 section 14.1.2)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.web.http.ranges import Wanted, parse_range


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-", Wanted(0, None)),
        ("bytes=0-499", Wanted(0, 499)),
        ("Bytes = 500-999", Wanted(500, 999)),
        ("bytes=-500", Wanted(None, None, 500)),
        ("bytes=-0", Wanted(None, None, 0)),
        ("bytes=5-2", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 40 + "-", None),
        ("", None),
        (None, None),
    ],
)
def test_ranges(header: str | None, wanted: Wanted | None) -> None:
    assert parse_range(header) == wanted


@given(st.text(max_size=40))
@settings(max_examples=100)
def test_no_header_raises(header: str) -> None:
    parse_range(header)
    parse_range("bytes=" + header)
