"""The Typer app `spacy rehearsal`, registered on spaCy's."""

import typer
from spacy.cli import app

rehearsal_cli = typer.Typer(
    name="rehearsal",
    help="Fine-tune pipelines without making them forget, and map their labels",
    no_args_is_help=True,
)
app.add_typer(rehearsal_cli)
