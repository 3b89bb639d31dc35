"""Named persons, their roles, dated teams and devices; who signs in."""
