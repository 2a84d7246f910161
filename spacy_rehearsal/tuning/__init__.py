"""How strongly a trained component shows what it has learned, set after training."""
