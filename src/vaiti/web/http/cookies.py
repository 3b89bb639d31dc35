"""What our cookies are called: over TLS by a name that a browser takes from this host alone."""

from django.http import HttpRequest


def named(request: HttpRequest, name: str) -> str:
    """`__Secure-`, for a cookie that belongs to some addresses only (RFC 6265bis, 4.1.3)."""
    return f"__Secure-{name}" if request.is_secure() else name
