"""A table of names from a spaCy knowledge base."""

from pathlib import Path
from typing import Dict, List, Tuple

from spacy.kb import InMemoryLookupKB
from spacy.vocab import Vocab

from ..binaries import check_knowledge_base
from ..errors import config_error
from .memory import Gazetteer
from .names import Folding


def create_knowledge_base_gazetteer(
    path: Path,
    fold_case: bool = True,
    fold_accents: bool = False,
    trim: bool = False,
    fuzzy: bool = False,
) -> Gazetteer:
    """Load a gazetteer from the directory of a spaCy `InMemoryLookupKB`.

    path (Path): The directory that `kb.to_disk()` wrote.
    fold_case, fold_accents, trim, fuzzy (bool): Which differences between names to look
        over; see `Folding`.
    RETURNS (Gazetteer): The gazetteer.
    RAISES (ConfigValidationError): If there is no knowledge base.
    """
    path = Path(path)
    kb = InMemoryLookupKB(Vocab(), entity_vector_length=1)
    folding = Folding(fold_case, fold_accents, trim, fuzzy)
    try:
        check_knowledge_base(path)
        kb.from_disk(path)
        return convert_knowledge_base(kb, folding)
    except Exception as err:  # a damaged knowledge base can raise anything
        msg = f"'{path}' is no directory that kb.to_disk() wrote: {err}"
        raise config_error(["path"], msg) from None


def convert_knowledge_base(
    kb: InMemoryLookupKB,
    folding: Folding = Folding(),
) -> Gazetteer:
    """Make a gazetteer of a knowledge base. Where several of its entities share a
    name, the one with the highest prior probability is in front.

    kb (InMemoryLookupKB): The knowledge base.
    folding (Folding): How names are compared.
    RETURNS (Gazetteer): The gazetteer; its ids are the knowledge base's.
    """
    names: Dict[str, List[str]] = {}
    priors: Dict[Tuple[str, str], float] = {}
    for alias in sorted(kb.get_alias_strings()):
        for candidate in kb.get_alias_candidates(alias):
            names.setdefault(candidate.entity_, []).append(alias)
            key = (candidate.entity_, folding.normalize(alias))
            priors[key] = max(priors.get(key, 0.0), candidate.prior_prob)
    ids = sorted(names)
    table = Gazetteer(
        ({"name": names[id_][0], "aliases": names[id_][1:], "id": id_} for id_ in ids),
        folding,
    )
    table.sort_homonyms(lambda name, entry: -priors[entry["id"], name])
    return table
