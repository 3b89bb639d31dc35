"""A person's request from arrival to closed case. Empty until its issue is built."""
