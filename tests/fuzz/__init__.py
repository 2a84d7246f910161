"""Whatever the input: a result, or one of our errors that says where."""
