"""The teacher: the frozen base pipeline, and what it remembers."""
