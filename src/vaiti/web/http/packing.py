"""Pages travel compressed: text only, and never sound.

What a page repeats of somebody's typing beside a secret could be guessed at by its packed length
(BREACH). Cookies stand in no page, the token of forms is masked anew in every answer, and each
packed page carries a name of random length, so that lengths tell little.
"""

import gzip
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

Answer = Callable[[HttpRequest], HttpResponseBase]

TEXT: Final = frozenset(
    ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml")
)
LEAST: Final = 1_000  # bytes; of fewer, packing saves nothing
RANDOM: Final = 100  # bytes of the name at most
STATIC: Final = "/static/"


def packed(get_response: Answer) -> Answer:
    """Around everything that answers, static files too."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not _may_be_packed(request, response):
            return response
        patch_vary_headers(response, ("Accept-Encoding",))
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            return response
        if isinstance(response, FileResponse):
            return _with(response, _file(response.getvalue()))
        if isinstance(response, HttpResponse) and len(response.content) >= LEAST:
            return _with(response, compress_string(response.content, max_random_bytes=RANDOM))
        return response

    return answer


def _may_be_packed(request: HttpRequest, response: HttpResponseBase) -> bool:
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    whole = request.method != "HEAD" and response.status_code not in (206, 304)
    streamed = response.streaming and not request.path_info.startswith(STATIC)
    return whole and kind in TEXT and not streamed and "Content-Encoding" not in response.headers


@lru_cache(64)
def _file(content: bytes) -> bytes:
    """A file of the program's own holds no secret: it is packed once, and well."""
    return gzip.compress(content, 9, mtime=0)


def _with(response: HttpResponseBase, content: bytes) -> HttpResponse:
    """The answer with another body. Its ETag named the bytes before, its date still holds."""
    if isinstance(response, HttpResponse):
        packed = response
        packed.content = content
    else:
        packed = HttpResponse(content, status=response.status_code, headers=response.headers)
        vars(packed)["_resource_closers"] += vars(response)["_resource_closers"]  # the file's
    packed.headers["Content-Encoding"] = "gzip"
    packed.headers["Content-Length"] = str(len(content))
    packed.headers.pop("ETag", None)
    return packed
