"""Live checks, by topic: each looks at disk, store, database, network or log itself."""
