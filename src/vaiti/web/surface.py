"""Every address that this program answers, as the server's own table of addresses has it."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from vaiti.web.api.table import OPERATIONS

API = "api/v1/"


def routes() -> list[str]:
    """Pages by their address; what lies below the API with its method, as `GET api/v1/calls/`."""
    return sorted(set(_named(get_resolver())))


def _named(resolver: URLResolver, before: str = "") -> Iterator[str]:
    methods: dict[str, list[str]] = {}
    for one in OPERATIONS:
        methods.setdefault(f"{API}{one.path}", []).append(one.method)
    for pattern in resolver.url_patterns:
        address = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield from (f"{method} {address}" for method in methods.get(address, ("ANY",)))
        else:
            yield from _named(pattern, address)
