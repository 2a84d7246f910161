"""Compare a trained pipeline with its base."""
