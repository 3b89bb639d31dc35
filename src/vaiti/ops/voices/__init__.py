"""Speech-like sound that the project makes itself: nobody said it, and it means nothing."""
