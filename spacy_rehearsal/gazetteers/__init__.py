"""Tables of names for `label_mapper`."""
