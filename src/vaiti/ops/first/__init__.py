"""What a new deployment begins with."""
