"""Ways to annotate, by the factory of their component."""
