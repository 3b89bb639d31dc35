"""Which methods an address answers; for others it says so in words."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase

from vaiti.web.http import errors

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


def only(
    *methods: str,
) -> Callable[
    [Callable[Concatenate[R, P], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, P], HttpResponseBase],
]:
    """Lets a view take `methods` and answers 405 to all others. GET implies HEAD."""
    allowed = (*methods, "HEAD") if "GET" in methods else methods

    def limited(
        view: Callable[Concatenate[R, P], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method in allowed:
                return view(cast(R, request), *args, **kwargs)
            refused = errors.show(request, "method")
            refused.headers["Allow"] = ", ".join(allowed)
            return refused

        return cast(Callable[Concatenate[HttpRequest, P], HttpResponseBase], answer)

    return limited
