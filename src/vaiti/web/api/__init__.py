"""The API: operations for programs that hold a token (docs/api.md)."""
