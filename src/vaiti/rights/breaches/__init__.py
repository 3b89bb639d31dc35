"""Breaches of personal data (Art. 33 and 34, L-22): found, judged, notified, and all on record."""
