"""What patterns of tokens cost: bounds that they must keep, and matching in linear
time."""
