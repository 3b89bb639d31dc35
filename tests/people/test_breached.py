"""ASVS 6.2.12: a list of breached passwords on the disk is asked, wherever in it one stands."""

import hashlib
from pathlib import Path

import pytest

from vaiti.people import strength
from vaiti.people.breached import holds
from vaiti.people.strength import weakness

WORDS = [f"grey moon over ice {number}" for number in range(40)]


def laid(path: Path, words: list[str], ending: str = "\r\n") -> Path:
    digests = sorted(hashlib.sha1(one.encode()).hexdigest().upper() for one in words)
    path.write_bytes("".join(f"{one}:{7 * at}{ending}" for at, one in enumerate(digests)).encode())
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_each_line_of_the_list_is_found_and_nothing_else(tmp_path: Path, ending: str) -> None:
    for count in (0, 1, 2, 39):
        path = laid(tmp_path / f"{count}.txt", WORDS[:count], ending)
        assert [holds(path, one) for one in WORDS] == [True] * count + [False] * (40 - count)


def test_a_list_without_counts_in_small_letters_will_do(tmp_path: Path) -> None:
    path = tmp_path / "plain.txt"
    path.write_text("\n".join(sorted(hashlib.sha1(b"x y z").hexdigest() for _ in "a")))
    assert holds(path, "x y z") and not holds(path, "x y")


def test_a_breached_password_is_refused_with_what_to_change(tmp_path: Path) -> None:
    strength.install("", laid(tmp_path / "list.txt", WORDS))
    try:
        assert "breached" in str(weakness(WORDS[7], "anna.astrom", "Anna Åström"))
        assert weakness("grey moon over ice", "anna.astrom", "Anna Åström") is None
    finally:
        strength.install("")
