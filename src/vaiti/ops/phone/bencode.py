"""Dictionaries of texts and numbers in bencode, as rtpengine's control protocol has them. Pure."""

from collections.abc import Mapping


class BencodeError(ValueError):
    """The bytes are no dictionary in bencode that is read here."""


def encode(message: Mapping[str, str | int]) -> bytes:
    parts = (_text(key) + _value(value) for key, value in sorted(message.items()))
    return b"d" + b"".join(parts) + b"e"


def decode(data: bytes) -> dict[str, str]:
    """Its texts and numbers, both as texts; lists and dictionaries in it are passed over.

    Raises BencodeError.
    """
    try:
        found, end = _read(data, 0)
    except (IndexError, ValueError, RecursionError) as error:
        raise BencodeError("this is no bencode") from error
    if not isinstance(found, dict) or end != len(data):
        raise BencodeError("this is no dictionary")
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _text(text: str) -> bytes:
    content = text.encode()
    return b"%d:%s" % (len(content), content)


def _value(value: str | int) -> bytes:
    return b"i%de" % value if isinstance(value, int) else _text(value)


def _read(data: bytes, at: int) -> tuple[object, int]:
    kind = data[at : at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return str(int(data[at + 1 : end])), end + 1
    if kind not in (b"d", b"l"):
        colon = data.index(b":", at)
        end = colon + 1 + int(data[at:colon])
        return data[colon + 1 : end].decode("utf-8", "replace"), end
    found, at = list[object](), at + 1
    while data[at : at + 1] != b"e":
        one, at = _read(data, at)
        found.append(one)
    pairs = zip(map(str, found[::2]), found[1::2], strict=False)
    return (dict(pairs) if kind == b"d" else found), at + 1
