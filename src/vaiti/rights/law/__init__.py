"""What the law asks of the register besides a person's request: disclosures, and complaints."""
