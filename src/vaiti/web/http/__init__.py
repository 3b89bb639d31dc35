"""A request, what it may carry, who asks, and how it is answered or refused."""
