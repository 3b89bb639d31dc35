"""Numbers at the edge: appendix C of the requirements, and what else senders write."""

import string

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.capture.numbers import MAX_NUMBER, mask, normalise, user_part
from vaiti.values.masked import NOT_AVAILABLE

APPENDIX_C = [
    ("+358401234567", "+358401234***"),
    ("0401234567", "+358401234***"),
    ("tel:+358-40-123-4567;ext=12", "+358401234***"),
    ("sip:+358401234567@example.fi;user=phone", "+358401234***"),
    ("00358 40 123 4567", "+358401234***"),
    ("112", "***"),
    ("020", "***"),
    ("1234", "1***"),
    ("+46701234567", "+46701234***"),
    ("anonymous@anonymous.invalid", NOT_AVAILABLE),
    ("", NOT_AVAILABLE),
    ("Restricted", NOT_AVAILABLE),
    ("sip:matti.meikalainen@example.fi", NOT_AVAILABLE),
]

MET_ELSEWHERE = [
    ('"Matti 0409999999" <sip:+358401234567@h>;tag=5', "+358401234***"),
    ("sip:+358401234567;ext=12@h", "+358401234***"),
    ("SIP:%2B358401234567@h", "+358401234***"),
    ("sips:+358401234567:secret@h", "+358401234***"),
    ("358401234567@192.0.2.1", "+358401234***"),
    (" +358 40 123 4567 ", "+358401234***"),
    ("+358 (0)40 123-4567", "+358401234***"),
    ("0401234567 x12", "+358401234***"),
    ("0401234567 ext. 12", "+358401234***"),
    ("040\u00a0123\u2011 4567", "+358401234***"),
    ("٠٤٠١٢٣٤٥٦٧", "+358401234***"),
    ("tel:1234567;phone-context=+358-9", "+35891234***"),
    ("+999123456789", "+999123456***"),
    ("sip:0401234567@anonymous.invalid", NOT_AVAILABLE),
    ("sip:127.0.0.1:5090", NOT_AVAILABLE),
    ("127.0.0.1", NOT_AVAILABLE),
    ("2001:db8::1", NOT_AVAILABLE),
    ("mailto:0401234567@example.fi", NOT_AVAILABLE),
    ("1-800-FLOWERS", NOT_AVAILABLE),
    ("0" * 21, NOT_AVAILABLE),
    ("+", NOT_AVAILABLE),
    ("sip:0401234567@h" + "x" * 600, NOT_AVAILABLE),
]


@pytest.mark.parametrize(("written", "stored"), APPENDIX_C)
def test_n15_stores_what_appendix_c_says(written: str, stored: str) -> None:
    assert mask(written, "FI").text == stored


@pytest.mark.parametrize(("written", "stored"), MET_ELSEWHERE)
def test_n15_masks_the_spellings_that_senders_use(written: str, stored: str) -> None:
    assert mask(written, "FI").text == stored


def test_a_number_without_country_code_is_read_in_the_country_of_the_zone() -> None:
    assert normalise("0701234567", "SE") == "+46701234567"
    assert normalise("0701234567", "FI") == "+358701234567"


@pytest.mark.parametrize(
    ("address", "user"),
    [
        ("sip:2001@pbx.example", "2001"),
        ('"Bob" <sip:service@127.0.0.1:5064>', "service"),
        ("sip:anna%20k;x=1@pbx", "anna k"),
        ("tel:+358600;ext=1", "+358600"),
        ("service", "service"),
        ("sip:127.0.0.1:5090", ""),
    ],
)
def test_the_user_part_is_what_stands_before_the_host(address: str, user: str) -> None:
    assert user_part(address) == user


def spellings(digits: str) -> list[str]:
    """Usual spellings of the Finnish mobile number 40 + seven digits."""
    head, tail = digits[:3], digits[3:]
    return [
        f"+35840{digits}",
        f"040{digits}",
        f"0035840{digits}",
        f"tel:+358-40-{head}-{tail}",
        f"sip:+35840{digits}@h;user=phone",
        f"sip:040{digits}@192.0.2.1:5060",
        f"+358 40 {head} {tail} ",
        f'"{digits}" <sip:040{digits}@h>',
    ]


@settings(max_examples=50, deadline=None)
@given(st.text("0123456789", min_size=7, max_size=7))
def test_n15_every_spelling_has_one_stored_form_without_its_last_three_digits(digits: str) -> None:
    stored = {mask(spelling, "FI").text for spelling in spellings(digits)}
    assert stored == {f"+35840{digits[:4]}***"}


CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(CODES) | st.integers(0, 999),
    st.sampled_from(["", "0", "00", "1", "8", "9", "15"]),
    st.text("0123456789", max_size=15),
)
def test_n15_a_number_with_its_countrys_code_is_what_the_library_makes_of_it(
    code: int, prefix: str, rest: str
) -> None:
    """Prefixes that are dialled within the country are taken away, and nothing else is."""
    number = f"+{code}{prefix}{rest}"[:MAX_NUMBER]
    made = number
    try:
        parsed = phonenumbers.parse(number, "FI")
        if phonenumbers.is_possible_number(parsed):
            made = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    assert normalise(number, "FI") == (made if len(made) <= MAX_NUMBER else number)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.text(string.digits + "+-. ();@<>:%tel,sipx#", max_size=40))
def test_n15_the_stored_form_keeps_all_but_three_of_the_digits_and_adds_none(text: str) -> None:
    number, stored = normalise(text, "FI"), mask(text, "FI").text
    if number is None:
        assert stored == NOT_AVAILABLE
        return
    digits = number.removeprefix("+")
    assert len(number) <= MAX_NUMBER
    assert stored == (number[:-3] + "***" if len(digits) > 3 else "***")
    assert len(stored) <= MAX_NUMBER
