"""Says in a header how long the application took over an answer. For benchmarks only."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

TIMING_VARIABLE: Final = "VAITI_SERVER_TIMING"

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def timed(application: Application) -> Application:
    """Around the whole application; an answer's body is complete when it is returned."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began, used = time.perf_counter(), time.thread_time()

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401
            # Django starts its response when it is rendered, just before it returns
            took, cpu = time.perf_counter() - began, time.thread_time() - used
            timing = f"app;dur={took * 1000:.2f}, cpu;dur={cpu * 1000:.2f}"
            return start_response(status, [*headers, ("Server-Timing", timing)], *rest)

        return application(environ, start)

    return answer
