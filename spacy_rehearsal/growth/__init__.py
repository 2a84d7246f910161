"""Networks that grow beside what they know, instead of changing."""
