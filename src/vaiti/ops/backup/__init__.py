"""Backups of register, keys and recordings, and the way back from them (docs/backup.md)."""
