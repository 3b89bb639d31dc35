"""Which regular expressions an operator may give: those that can never take long.

Python's matcher tries one way after the other in which a pattern can take a text; nested or many
repetitions make more ways than any machine tries. So the ways are counted before, for texts of
LONGEST characters, as if every character matched everywhere. Pure.
"""

import re

LONGEST = 64
"""Characters of the longest text that is matched; what is longer does not match."""
MOST_STEPS = 200_000
"""Of all ways of all beginnings of the pattern; some 20 ms of the matcher's time."""

_REPEAT = re.compile(r"(?:[*+?]|\{(?=[\d,])(\d*)(,?)(\d*)\})\??")
_SET = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_ZERO = frozenset("bBAZ")  # escapes that take no character
_ONE = frozenset("dDsSwW")

Ways = dict[int, int]
"""In how many ways a part of a pattern takes so many characters."""
_EMPTY: Ways = {0: 1}
_CHARACTER: Ways = {1: 1}


class PatternRefused(ValueError):
    """The pattern is not used; the sentence says what to change in it."""


class _Reader:
    """Reads a pattern from left to right and counts."""

    def __init__(self, pattern: str) -> None:
        self.text, self.at, self.steps = pattern, 0, 0

    def whole(self) -> None:
        self.alternatives()
        if self.at < len(self.text):
            raise PatternRefused("it has a ) too many")

    def alternatives(self) -> Ways:
        ways = self.sequence()
        while self.took("|"):
            ways = self.counted(_either(ways, self.sequence()))
        return ways

    def sequence(self) -> Ways:
        ways = _EMPTY
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            ways = self.counted(_after(ways, self.repeated(self.atom())))
        return ways

    def repeated(self, once: Ways) -> Ways:
        found = _REPEAT.match(self.text, self.at)
        if found is None:
            return once
        self.at = found.end()
        least, most = _bounds(found)
        ways, power = ({} if least else _EMPTY), _EMPTY
        for times in range(1, most + 1):
            power = self.counted(_after(power, once))
            if not power:
                break
            ways = _either(ways, power) if times >= least else ways
        return ways

    def atom(self) -> Ways:
        if self.took("("):
            return self.group()
        if self.text[self.at] == "[":
            found = _SET.match(self.text, self.at)
            if found is None:
                raise PatternRefused("it has a [ without its ]")
            self.at = found.end()
            return _CHARACTER
        if self.took("\\"):
            return self.escaped()
        self.at += 1
        return _EMPTY if self.text[self.at - 1] in "^$" else _CHARACTER

    def group(self) -> Ways:
        if self.took("?") and not self.took(":"):
            raise PatternRefused("of groups write only (…) and (?:…)")
        ways = self.alternatives()
        if not self.took(")"):
            raise PatternRefused("it has a ( without its )")
        return ways

    def escaped(self) -> Ways:
        letter = self.text[self.at : self.at + 1]
        self.at += 1
        if letter in _ZERO and letter:
            return _EMPTY
        if letter in _ONE or not letter.isalnum():
            return _CHARACTER
        raise PatternRefused(r"of escapes write only \d \s \w \b and those of marks, such as \.")

    def took(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def counted(self, ways: Ways) -> Ways:
        self.steps += sum(ways.values())
        if self.steps > MOST_STEPS:
            raise PatternRefused(
                "it could take very long on some texts: write fewer * + ? and |, and none of them "
                "after a group that holds another"
            )
        return ways


def _either(one: Ways, other: Ways) -> Ways:
    return {taken: one.get(taken, 0) + other.get(taken, 0) for taken in one.keys() | other.keys()}


def _after(one: Ways, other: Ways) -> Ways:
    ways: Ways = {}
    for first, count in one.items():
        for second, times in other.items():
            if first + second <= LONGEST:
                ways[first + second] = ways.get(first + second, 0) + count * times
    return ways


def _bounds(found: re.Match[str]) -> tuple[int, int]:
    mark = found[0][0]
    if mark != "{":
        return (1 if mark == "+" else 0), (1 if mark == "?" else LONGEST)
    least = int(found[1] or 0)
    if not found[2]:
        return least, least
    return least, min(int(found[3]), LONGEST) if found[3] else LONGEST


def check(pattern: str) -> None:
    """Raises PatternRefused for a pattern that is none, or that may take long."""
    try:
        re.compile(pattern)
        _Reader(pattern).whole()
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternRefused("it is not a regular expression") from error
