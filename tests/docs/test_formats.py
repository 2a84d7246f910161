"""Each row of the table of tools is read."""

import json
from pathlib import Path
from typing import Any, Dict, Tuple

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_rehearsal.readers.gold import read_gold
from tests.docs.util import DOCS, read_tables
from tests.readers.formats.util import (
    ARGILLA,
    ARGILLA_2,
    DATATURKS,
    DOCCANO,
    DOCCANO_RELATIONS,
    ENTITIES,
    HUGGING_FACE,
    LABEL_STUDIO,
    LABEL_STUDIO_MIN,
    LIGHTTAG,
    PRODIGY_MANUAL,
    RASA,
    SIMPLE,
    TEXT,
    UBIAI,
)
from tests.util import make_doc

TAGS = ["U-PERSON", "O", "O", "O", "U-WEBSITE"]
SPANS = [list(span) for span in ENTITIES]
RESULTS = json.dumps(LABEL_STUDIO_MIN["label"]).replace('"', '""')
WORDS = [f"{word}\tNN\t{tag}\n" for word, tag in zip(TEXT.split(), TAGS)]
# a file for each row, by its tool and export
FILES: Dict[Tuple[str, str], Tuple[str, Any]] = {
    ("spaCy", ".spacy"): ("a.spacy", None),
    ("spaCy 2 and 3", '["text", {"entities": …}], as JSON, JSONL or Python'): (
        "a.py",
        f"TRAIN_DATA = [{SIMPLE}]",
    ),
    ("spaCy 1", '["text", [[0, 4, "ORG"]]]'): ("a.json", [[TEXT, SPANS]]),
    ("spaCy", '["text", ["U-ORG", "O"]]'): ("a.json", [[TEXT, TAGS]]),
    ("Prodigy", "db-out"): ("a.json", [PRODIGY_MANUAL]),
    ("Doccano", "JSONL"): ("a.json", [DOCCANO]),
    ("Doccano", "JSONL (relation)"): ("a.json", [DOCCANO_RELATIONS]),
    ("Label Studio", "JSON"): ("a.json", [LABEL_STUDIO]),
    ("Label Studio", "JSON-MIN"): ("a.json", [LABEL_STUDIO_MIN]),
    ("Label Studio", "CSV"): (
        "a.csv",
        f'text,id,label,annotator,annotation_id\n{TEXT},12,"{RESULTS}",1,4\n',
    ),
    ("Dataturks", "JSON"): ("a.json", [DATATURKS]),
    ("LightTag", "JSON"): ("a.json", {"examples": [LIGHTTAG]}),
    ("UBIAI", "JSON (relations)"): ("a.json", [UBIAI]),
    ("Argilla 1", "rows of token classification"): ("a.json", [ARGILLA]),
    ("Argilla 2", "records as JSON"): ("a.json", [ARGILLA_2]),
    ("Rasa", "JSON"): ("a.json", {"rasa_nlu_data": {"common_examples": [RASA]}}),
    ("NER Annotator (tecoholic)", "JSON"): (
        "a.json",
        {"classes": ["PERSON"], "annotations": [SIMPLE, None]},
    ),
    ("brat", ".ann and .txt"): (
        "a.ann",
        "T1\tPERSON 0 4\tLena\nT2\tWEBSITE 20 24\tEtsy\nR1\tSells Arg1:T1 Arg2:T2\n",
    ),
    ("Hugging Face", "rows with tokens and ner_tags"): ("a.json", [HUGGING_FACE]),
    ("Kaggle", "CSV with a word a row"): (
        "a.csv",
        "Sentence #,Word,POS,Tag\n"
        + "".join(f"Sentence: 1,{word}" for word in WORDS).replace("\t", ","),
    ),
    ("CoNLL", "TSV or text with a word a row"): ("a.tsv", "".join(WORDS)),
    ("INCEpTION, WebAnno", "WebAnno TSV 3"): (
        "a.tsv",
        "#FORMAT=WebAnno TSV 3.2\n#T_SP=webanno.custom.Thing|value\n\n\n"
        f"#Text={TEXT}\n1-1\t0-4\tLena\tPERSON\t\n1-5\t20-24\tEtsy\tWEBSITE\t\n",
    ),
    ("GLiNER", "JSON (tokenized_text, ner)"): (
        "a.json",
        [
            {
                "tokenized_text": TEXT.split(),
                "ner": [[0, 0, "PERSON"], [4, 4, "WEBSITE"]],
            }
        ],
    ),
    ("DyGIE++, PURE", "JSON lines (sentences, ner)"): (
        "a.jsonl",
        {
            "sentences": [TEXT.split()],
            "ner": [[[0, 0, "PERSON"], [4, 4, "WEBSITE"]]],
        },
    ),
    ("SpERT", "JSON (tokens, entities)"): (
        "a.json",
        [
            {
                "tokens": TEXT.split(),
                "entities": [
                    {"type": "PERSON", "start": 0, "end": 1},
                    {"type": "WEBSITE", "start": 4, "end": 5},
                ],
                "relations": [],
            }
        ],
    ),
    ("any", "CSV with an entity a row"): (
        "a.csv",
        f"text,start,end,label\n{TEXT},0,4,PERSON\n{TEXT},20,24,WEBSITE\n",
    ),
    ("any", "CSV with a text a row"): (
        "a.csv",
        f'text,tags\n{TEXT},"{" ".join(TAGS)}"\n',
    ),
    ("any", "objects with a text and spans, whatever the keys"): (
        "a.json",
        {"TRAIN_DATA": [{"sentence": TEXT, "ner": SPANS}]},
    ),
}


def test_each_row_has_a_file() -> None:
    table = read_tables(DOCS / "usage" / "formats.md")[0]
    rows = [(row[0], row[1].replace("`", "")) for row in table.rows]
    assert rows == list(FILES)


@pytest.mark.parametrize("row", FILES, ids=" ".join)
def test_each_row_is_read(row: Tuple[str, str], tmp_path: Path) -> None:
    name, content = FILES[row]
    path = tmp_path / name
    if content is None:
        doc = make_doc(TEXT, ("Lena", "PERSON"), ("Etsy", "WEBSITE"))
        DocBin(docs=[doc]).to_disk(path)
    else:
        (tmp_path / "a.txt").write_text(TEXT)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    [text] = read_gold(path, spacy.blank("en"))
    assert text.doc.text == TEXT
    assert text.entities == ENTITIES
