"""Says in a header how long the application took over an answer. For benchmarks only."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

TIMING_VARIABLE: Final = "VAITI_SERVER_TIMING"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def timed(application: Application) -> Application:
    """Around the whole application; an answer's body is complete when it is returned."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401
            # Django starts its response when it is rendered, just before it returns
            took = (time.perf_counter() - began) * 1000
            return start_response(
                status, [*headers, ("Server-Timing", f"app;dur={took:.2f}")], *rest
            )

        return application(environ, start)

    return answer
