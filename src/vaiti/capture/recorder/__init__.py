"""The recorder process: sockets, sealed recordings, journal. `main(config)` blocks."""

from vaiti.capture.recorder.config import Listen, RecorderConfig
from vaiti.capture.recorder.process import Recorder, main

__all__ = ["Listen", "Recorder", "RecorderConfig", "main"]
