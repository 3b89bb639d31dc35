"""The worker's round of destruction in a process of its own, for the benchmark to look at."""

import gc
import json
import resource
import sys
import time
from pathlib import Path


def main(folder: Path) -> int:
    from vaiti.ops.django_start import start_django

    start_django(folder)
    from vaiti.ops.clocks import clock_of
    from vaiti.ops.key_client import working_client
    from vaiti.ops.settings import load_settings
    from vaiti.ops.settling import DESTROYING
    from vaiti.ops.stores import open_store
    from vaiti.ops.worker import RetentionDesk
    from vaiti.retention.journals import read_by_nobody

    settings = load_settings(folder)
    keys, store = working_client(settings), open_store(settings)
    clock = clock_of(settings)
    lock = settings.run / DESTROYING
    desk = RetentionDesk(keys, store, settings.journal, read_by_nobody, clock, lock)
    gc.freeze()  # as the worker does
    began, cpu = time.monotonic(), time.process_time()
    desk.round(clock())
    told = {
        "seconds": time.monotonic() - began,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
