"""SHA-256 that another process can go on with half way, by OpenSSL's libcrypto.

`hashlib` computes the same and shows nothing of what it holds; so a recorder that goes on with the
calls of one that was killed would have to read all that they had sealed again.
"""

import _hashlib
import ctypes

_CONTEXT = 112  # in bytes: SHA256_CTX, which is SHA_LONG h[8], Nl, Nh, data[16], num, md_len
_SIZE = 32

_crypto = ctypes.PyDLL(_hashlib.__file__)  # its symbols are those of the libcrypto it stands on
AVAILABLE = hasattr(_crypto, "SHA256_Init")
"""Whether this system's libcrypto has it: not where Python was built with one of its own."""

if AVAILABLE:
    _init, _update, _final = _crypto.SHA256_Init, _crypto.SHA256_Update, _crypto.SHA256_Final
    _init.argtypes = (ctypes.c_void_p,)
    _update.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t)
    _final.argtypes = (ctypes.c_char_p, ctypes.c_void_p)


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
