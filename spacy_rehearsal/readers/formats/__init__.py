"""What people annotate with, one file a tool.

A new format is a file here, and nothing else: all modules of this package are imported,
and a class in it registers itself.

    @formats("my_tool")
    class MyToolFormat(Format):
        def recognizes(self, record):
            return "my_key" in get_keys(record)

        def parse(self, record):
            return Annotated(get_text(record), entities=[...])

`Format` and `get_keys` are in base.py; `Annotated`, `get_text` and others that check
what was read in annotated.py. Another package adds a format with an entry point of the
group `spacy_rehearsal_formats`.
"""
