"""Find what is wrong with training data."""
