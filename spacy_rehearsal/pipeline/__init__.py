"""The rule-based component `label_mapper`."""
