"""Commands are run as processes of their own."""

import os

from own_source import own_source

__all__ = ["own_source"]

collect_ignore = [] if os.environ.get("VAITI_WALK") else ["test_walked_requests.py"]
"""Three minutes of a browser: for whoever changes pages of cases, and not for every run."""
