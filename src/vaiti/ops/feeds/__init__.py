"""What the worker tells others: webhooks, and the log for a collector (docs/feeds.md)."""
