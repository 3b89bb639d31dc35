"""A person's request from arrival to closed case."""
