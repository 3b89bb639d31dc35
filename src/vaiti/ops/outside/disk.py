"""Reads every file of a folder and looks for what must not be in any of them."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

SEPARATORS = b" \t-./()+_\xa0"
MOST_UNPACKED = 64 << 20
"""Bytes that one packed stretch is unpacked to, at most."""
LONGEST_TEXT = 1 << 16
"""Bytes of one base64 stretch that is decoded."""
LEAST_BINARY = 6
"""Bytes of a binary spelling that is looked for: fewer turn up by chance in what is sealed."""
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
DRAWN = re.compile(
    rb"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # ids and digests
    rb"|\d\d:\d\d:\d\d\.\d{6}|(?<!\d)1\d{15}(?!\d)"  # instants, written out and in microseconds
)
"""What holds any nine digits once in ten thousand checks, and next to what follows it, too."""


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every regular file with its content; one that vanishes while we look is passed over."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            try:
                yield path, path.read_bytes()
            except FileNotFoundError:
                continue


def find_numbers(folder: Path, numbers: Sequence[str]) -> list[Path]:
    """The files in which any of these numbers (E.164) stands whole, in any spelling we know."""
    spellings = [spelling for number in numbers for spelling in spelled(number)]
    return [
        path
        for path, content in files(folder)
        if holds_number(str(path).encode(), spellings) or holds_number(content, spellings)
    ]


def spelled(number: str) -> list[bytes]:
    """The number as digits without its country code, as integers, and as packed decimals.

    The binary spellings have at least LEAST_BINARY bytes: an integer as SQLite stores it, decimals
    with the country code.
    """
    digits = number.removeprefix("+")
    even = digits.rjust(len(digits) + len(digits) % 2, "0")
    packed = bytes.fromhex(even)  # binary coded decimals, and as telephony swaps them
    swapped = bytes((byte >> 4) | ((byte & 15) << 4) for byte in packed)
    whole = int(digits)
    size = max(LEAST_BINARY, (whole.bit_length() + 7) // 8)
    binary = [whole.to_bytes(size, "big"), whole.to_bytes(size, "little"), packed, swapped]
    return [digits[3:].encode(), *(each for each in binary if len(each) >= LEAST_BINARY)]


def holds_number(content: bytes, spellings: Iterable[bytes]) -> bool:
    """What chance drew does not count, and is looked for only where something was found: it takes
    as long again."""
    wanted = list(spellings)
    return any(
        _holds(view, wanted) and _holds(DRAWN.sub(b"|", view), wanted) for view in views(content)
    )


def _holds(view: bytes, wanted: Sequence[bytes]) -> bool:
    bare = view.translate(None, SEPARATORS)
    return any(spelling in view or spelling in bare for spelling in wanted)


def views(content: bytes) -> Iterator[bytes]:
    """The content as it stands, without zero bytes, unpacked, out of base64, out of per cents."""
    yield content
    yield content.replace(b"\0", b"")  # UTF-16 and UTF-32 digits, whichever way round
    yield re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), content)
    yield from unpacked(content)
    for stretch in BASE64.findall(content):
        text = stretch[:LONGEST_TEXT].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            yield base64.b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            continue


def unpacked(content: bytes) -> Iterator[bytes]:
    """What gzip and zlib streams anywhere in the content hold."""
    whole = memoryview(content)  # of which no part is copied
    for start in PACKED.finditer(content):
        machine = zlib.decompressobj(wbits=47)
        try:
            plain = machine.decompress(whole[start.start() :], MOST_UNPACKED)
        except zlib.error:
            continue
        if plain:
            yield plain


def find_stretches(folder: Path, stretches: Sequence[bytes]) -> list[Path]:
    """The files that hold any of these bytes, as they stand or packed."""
    return [
        path
        for path, content in files(folder)
        if any(stretch in view for view in (content, *unpacked(content)) for stretch in stretches)
    ]


def packs(content: bytes) -> float:
    """The share of its size that the content packs to: 1 for sealed bytes, less for speech."""
    return len(zlib.compress(content, 9)) / max(len(content), 1)
