"""A bounded XML reader that knows no document types and no entities (billion laughs, XXE)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

MAX_XML = 128 << 10  # bytes
MAX_DEPTH = 32  # elements inside one another
MAX_ELEMENTS = 4_096
MAX_TEXT = 4_096  # characters in one element

ENCODING_WRONG = "metadata_encoding_wrong"
JUNK_AFTER_ROOT = "metadata_junk_after_root"

_JUNK = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
_BAD_BYTES = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]


class XmlError(ValueError):
    """The text is no XML that is read here. The sentence repeats none of it."""


@dataclass(slots=True)
class Element:
    """`tag` and the names of `attributes` are local names in lower case; `space` the namespace.

    Never printed: texts and attributes hold names and numbers.
    """

    tag: str
    space: str
    attributes: dict[str, str] = field(repr=False)
    children: list["Element"] = field(default_factory=list, repr=False)
    pieces: list[str] = field(default_factory=list, repr=False)
    length: int = 0

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    def all(self, tag: str) -> Iterator["Element"]:
        return (child for child in self.children if child.tag == tag)

    def first(self, tag: str) -> "Element | None":
        return next(self.all(tag), None)

    def walk(self) -> Iterator["Element"]:
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


def read(data: bytes) -> tuple[Element, tuple[str, ...]]:
    """The root element and the names of the irregularities met. Raises XmlError."""
    if len(data) > MAX_XML:
        raise XmlError("the metadata is larger than 128 KiB")
    text = data.strip(b" \t\r\n\x00")
    try:
        return _parse(text)
    except expat.ExpatError as error:
        if error.code != _BAD_BYTES:
            raise XmlError("the metadata is not well-formed XML") from None
    return _parse_as_latin(text)


def _parse_as_latin(data: bytes) -> tuple[Element, tuple[str, ...]]:
    """For senders that declare UTF-8 and write Latin-1."""
    try:
        root, warnings = _parse(data.decode("latin-1").encode())
    except expat.ExpatError:
        raise XmlError("the metadata is not well-formed XML") from None
    return root, (ENCODING_WRONG, *warnings)


def _parse(data: bytes) -> tuple[Element, tuple[str, ...]]:
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    warnings: tuple[str, ...] = ()
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        if error.code != _JUNK or builder.root is None:
            raise
        warnings = (JUNK_AFTER_ROOT,)
    except XmlError:
        raise
    except (LookupError, ValueError) as error:
        raise XmlError("the metadata declares an encoding that is not read here") from error
    if builder.root is None:
        raise XmlError("the metadata holds no element")
    return builder.root, warnings


def _refuse_doctype(*_: object) -> None:
    raise XmlError("the metadata declares a document type, which is not read")


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise XmlError("the metadata has more elements than are read")
        space, _, local = name.rpartition(" ")
        named = {key.rpartition(" ")[2].lower(): value for key, value in attributes.items()}
        element = Element(local.lower(), space, named)
        if self._open:
            self._open[-1].children.append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        element = self._open[-1]
        element.length += len(text)
        if element.length > MAX_TEXT:
            raise XmlError("the metadata has an element with more text than is read")
        element.pieces.append(text)
