"""What `spacy train` calls: callbacks, optimizer, schedules and scorers."""
