"""What is measured: each figure of bench/RESULTS.md comes from one of these."""
