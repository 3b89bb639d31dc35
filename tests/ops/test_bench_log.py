"""`vaiti bench log` makes a log that verifies, and proves entries of it."""

import json

from ops.test_init import vaiti


def test_a_made_up_log_is_proven_and_verified() -> None:
    done = vaiti("bench", "log", "--entries", "300", "--export")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["entries"] == 300
    assert 0 < told["proof_bytes_most"] <= 32 * 9  # 300 leaves stand on nine levels
    assert {
        "proof_ms_p50",
        "consistency_ms_p50",
        "verify_s",
        "memory_mb",
        "file_verify_s",
    } <= told.keys()
