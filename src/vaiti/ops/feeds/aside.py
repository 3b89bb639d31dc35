"""A second round of steps beside the worker's own: who is slow outside keeps nobody waiting."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connections

from vaiti.ops.steps import Step, run_due


class Aside(threading.Thread):
    """Goes round until `stopped`; what it is about when the worker ends is begun again."""

    def __init__(
        self, name: str, steps: list[Step], clock: Callable[[], datetime], stopped: threading.Event
    ) -> None:
        super().__init__(name=name, daemon=True)
        self.steps, self._clock, self._stopped = steps, clock, stopped

    def run(self) -> None:
        try:
            while self.steps and not self._stopped.wait(0.2):
                run_due(self.steps, self._clock(), time.monotonic())
        finally:
            connections.close_all()
