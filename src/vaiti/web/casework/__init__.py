"""Pages of a person's request: the form, the handler's work, letters, copies, the office."""
