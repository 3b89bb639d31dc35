"""A whole deployment to try: people, lines, real calls; and a check of it from the outside."""
