"""The recorder process: sockets, sealed recordings, journal. `starting.main(config)` blocks.

Nothing is imported here: every process reads of the recorder's TLS files, and none but the recorder
itself needs the rest.
"""
