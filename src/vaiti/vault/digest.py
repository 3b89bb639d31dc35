"""SHA-256 that another process can go on with half way, by OpenSSL's libcrypto.

`hashlib` computes the same and shows nothing of what it holds; so a recorder that goes on with the
calls of one that was killed would have to read all that they had sealed again.
"""

import ctypes
import hashlib
from typing import Any

try:
    from _hashlib import __file__ as _place
except ImportError:  # there is none, or it is part of the interpreter
    _place = ""

_CONTEXT = 112  # in bytes: SHA256_CTX, which is SHA_LONG h[8], Nl, Nh, data[16], num, md_len
_SIZE = 32


Functions = tuple[Any, Any, Any]


def functions_of(place: str) -> Functions | None:
    """Those to begin, to go on and to end with, of a library or of what it stands on; None where it
    has none, or they do not compute what another process could go on with."""
    library = ctypes.PyDLL(place or None)
    try:
        init, update, final = library.SHA256_Init, library.SHA256_Update, library.SHA256_Final
    except AttributeError:
        return None
    init.argtypes = (ctypes.c_void_p,)
    update.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)
    final.argtypes = (ctypes.c_char_p, ctypes.c_void_p)
    begun, found = ctypes.create_string_buffer(_CONTEXT), ctypes.create_string_buffer(_SIZE)
    init(ctypes.addressof(begun))
    update(ctypes.addressof(begun), b"abc", 3)
    other = ctypes.create_string_buffer(begun.raw, _CONTEXT)
    final(found, ctypes.addressof(other))
    return (init, update, final) if found.raw == hashlib.sha256(b"abc").digest() else None


_functions = functions_of(_place)
AVAILABLE = _functions is not None
"""Whether this system's libcrypto has it: not where it was built without its older functions, or
Python with a libcrypto of its own."""
_none: Functions = (None, None, None)
_init, _update, _final = _functions or _none


class Sha256:
    """`state` is what it has read so far, 112 bytes, good for this kind of machine only."""

    __slots__ = ("_at", "_context")

    def __init__(self, data: bytes = b"", state: bytes = b"") -> None:
        self._context = ctypes.create_string_buffer(state, _CONTEXT)
        self._at = ctypes.addressof(self._context)
        if not state:
            _init(self._at)
        if data:
            self.update(data)

    def update(self, data: bytes) -> None:
        _update(self._at, data, len(data))

    @property
    def state(self) -> bytes:
        return self._context.raw

    def hexdigest(self) -> str:
        """Of what was read so far; more may be read afterwards."""
        found, aside = ctypes.create_string_buffer(_SIZE), Sha256(state=self.state)
        _final(found, aside._at)
        return found.raw.hex()
