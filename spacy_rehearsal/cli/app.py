import typer
from spacy.cli import app

HELP = "Commands to fine-tune a pretrained pipeline without making it forget"

rehearsal_cli = typer.Typer(name="rehearsal", help=HELP, no_args_is_help=True)
app.add_typer(rehearsal_cli)
