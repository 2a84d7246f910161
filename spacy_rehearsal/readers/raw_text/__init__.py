"""Raw text, whatever it is kept in: find the files, read and check the texts."""
