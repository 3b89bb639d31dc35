"""A bounded XML reader that knows no document types and no entities (billion laughs, XXE)."""

import contextlib
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from vaiti.capture.siprec import tagsoup

MAX_XML = 128 << 10  # bytes
MAX_DEPTH = 32  # elements inside one another
MAX_ELEMENTS = 4_096
MAX_TEXT = 4_096  # characters in one element

ENCODING_WRONG = "metadata_encoding_wrong"
MENDED = "metadata_mended"
PREFIX_UNKNOWN = "metadata_prefix_unknown"
JUNK_AFTER_ROOT = "metadata_junk_after_root"
BROKEN = "metadata_broken"

_JUNK = expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
_UNBOUND = expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,256}\?>\s*")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class _EncodingUnknown(Exception):
    """The document declares an encoding that is not read."""


class XmlError(ValueError):
    """The text is no XML that is read here. The sentence repeats none of it."""


class NotXml(XmlError):
    """Neither is anything that its mending makes of it."""


@dataclass(slots=True)
class Element:
    """`tag` and the names of `attributes` are local names in lower case; `space` the namespace.

    Never printed: texts and attributes hold names and numbers.
    """

    tag: str
    space: str
    attributes: dict[str, str] = field(repr=False)
    children: list["Element"] = field(default_factory=list, repr=False)
    written: str = field(default="", repr=False)

    @property
    def text(self) -> str:
        return self.written.strip()

    def all(self, tag: str) -> Iterator["Element"]:
        return (child for child in self.children if child.tag == tag)

    def first(self, tag: str) -> "Element | None":
        for child in self.children:  # asked for so often that a generator would be half its time
            if child.tag == tag:
                return child
        return None

    def walk(self) -> Iterator["Element"]:
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            if element.children:
                waiting += element.children[::-1]


def read(data: bytes) -> tuple[Element, tuple[str, ...]]:
    """The root element and the names of the irregularities met. Raises XmlError."""
    if len(data) > MAX_XML:
        raise XmlError("the metadata is larger than 128 KiB")
    try:
        return _parse(_trimmed(data))
    except expat.ExpatError as error:
        if error.code == _UNBOUND:
            with contextlib.suppress(NotXml):
                return _again(_trimmed(data), (PREFIX_UNKNOWN,))
    except _EncodingUnknown:
        pass
    text = _as_text(data)
    mended = _mended(text)
    try:
        return _again(mended.encode(), (ENCODING_WRONG if mended == text else MENDED,))
    except NotXml:
        return _what_is_left(text)


def _trimmed(data: bytes) -> bytes:
    """Without what may stand around a document by mistake; UTF-16 has zeros of its own."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data
    return data.strip(b" \t\r\n\x00").removeprefix(BOM_UTF8).lstrip()


def _as_text(data: bytes) -> str:
    """As it was written, whatever encoding was declared: UTF-16, UTF-8, or else Latin-1."""
    trimmed = _trimmed(data)
    wide = trimmed.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    try:
        text = trimmed.decode("utf-16" if wide else "utf-8")
    except UnicodeDecodeError:
        text = trimmed.decode("latin-1")
    return _DECLARATION.sub("", text, count=1)


def _mended(text: str) -> str:
    """Senders that put a name between tags as it is write what is no XML: a bare ampersand, HTML's
    entities, characters that may not be."""
    return _FORBIDDEN.sub("", _AMPERSAND.sub("&amp;", text))


def _again(data: bytes, warnings: tuple[str, ...]) -> tuple[Element, tuple[str, ...]]:
    try:
        root, more = _parse(data, spaces=False)
    except (expat.ExpatError, _EncodingUnknown):
        raise NotXml("the metadata is not well-formed XML") from None
    return root, (*warnings, *more)


def _what_is_left(text: str) -> tuple[Element, tuple[str, ...]]:
    """The whole tags of a text that is no XML."""
    builder = _Builder()
    if "<!doctype" in text.lower():
        _refuse_doctype()
    tagsoup.feed(text, builder)
    if builder.root is None or not builder.root.children:
        raise NotXml("the metadata is not well-formed XML")
    return builder.root, (BROKEN,)


def _parse(data: bytes, *, spaces: bool = True) -> tuple[Element, tuple[str, ...]]:
    """`spaces`: by the rules of namespaces; else prefixes need not be declared."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" " if spaces else None)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = builder.start if spaces else builder.start_prefixed
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
        raise _EncodingUnknown from error
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
        self._spaces = dict[str, str]()

    def start_prefixed(self, name: str, attributes: dict[str, str]) -> None:
        """The same where prefixes may be undeclared; a declared one holds from there on."""
        for key, value in attributes.items():
            if key == "xmlns" or key.startswith("xmlns:"):
                self._spaces[key[6:]] = value
        prefix, colon, local = name.rpartition(":")
        space = self._spaces.get(prefix, f"{prefix}{colon}")
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        self.start(f"{space} {local}" if space else local, plain)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS or len(self._open) >= MAX_DEPTH:
            raise XmlError("the metadata has more elements than are read")
        space, _, local = name.rpartition(" ")
        named = attributes
        if attributes:  # most elements have none, and this is done for each
            named = {key.rpartition(" ")[2].lower(): value for key, value in attributes.items()}
        element = Element(local.lower(), space, named, [])
        around = self._open
        if around:
            around[-1].children.append(element)
        elif self.root is None:
            self.root = element
        around.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        element = self._open[-1]
        element.written += text
        if len(element.written) > MAX_TEXT:
            raise XmlError("the metadata has an element with more text than is read")
