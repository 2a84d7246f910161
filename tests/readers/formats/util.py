"""Records as the tools write them, and how tests read them."""

import json
from pathlib import Path
from typing import Any, Dict, List

from spacy_rehearsal.readers.formats.annotated import Annotated
from spacy_rehearsal.readers.formats.registry import read_annotated

TEXT = "Lena left Bosch for Etsy"
ENTITIES = [(0, 4, "PERSON"), (20, 24, "WEBSITE")]

SIMPLE = [TEXT, {"entities": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]]}]
EVERY_KEY: Dict[str, Any] = {
    "entities": [[0, 4, "PERSON"]],
    "tags": ["NNP", "VBD", "NNP", "IN", "NNP"],
    "heads": [1, 1, 1, 1, 3],
    "deps": ["nsubj", "ROOT", "dobj", "prep", "pobj"],
    "cats": {"job": 1.0},
    "spans": {"sc": [[0, 9, "CLAUSE"], [0, 4, "NAME"]]},
    "links": {"0,4": {"Q42": 1.0, "Q7": 0.0}},
}
PRODIGY_MANUAL = {
    "text": TEXT,
    "_input_hash": -1037591604,
    "_task_hash": -1298236362,
    "_is_binary": False,
    "tokens": [
        {"text": "Lena", "start": 0, "end": 4, "id": 0, "ws": True},
        {"text": "left", "start": 5, "end": 9, "id": 1, "ws": True},
        {"text": "Bosch", "start": 10, "end": 15, "id": 2, "ws": True},
        {"text": "for", "start": 16, "end": 19, "id": 3, "ws": True},
        {"text": "Etsy", "start": 20, "end": 24, "id": 4, "ws": False},
    ],
    "_view_id": "ner_manual",
    "spans": [
        {"start": 0, "end": 4, "token_start": 0, "token_end": 0, "label": "PERSON"},
        {"start": 20, "end": 24, "token_start": 4, "token_end": 4, "label": "WEBSITE"},
    ],
    "answer": "accept",
    "_timestamp": 1763766000,
    "_annotator_id": "2026-11-21_22-10-03",
    "_session_id": "2026-11-21_22-10-03",
}
PRODIGY_BINARY = {
    "text": TEXT,
    "_input_hash": -1037591604,
    "_task_hash": 1541943285,
    "spans": [
        {
            "start": 10,
            "end": 15,
            "text": "Bosch",
            "rank": 1,
            "label": "WEBSITE",
            "score": 0.41,
            "source": "en_core_web_sm",
            "input_hash": -1037591604,
        }
    ],
    "meta": {"score": 0.41},
    "_is_binary": True,
    "_view_id": "ner",
    "answer": "accept",
}
PRODIGY_CHOICE = {
    "text": "ok",
    "options": [{"id": "good", "text": "Good"}, {"id": "bad", "text": "Bad"}],
    "accept": ["good"],
    "config": {"choice_style": "single"},
    "answer": "accept",
    "_view_id": "choice",
}
DOCCANO = {
    "id": 71,
    "text": TEXT,
    "label": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]],
    "Comments": [],
}
DOCCANO_1_0 = {
    "id": 71,
    "text": TEXT,
    "meta": {},
    "annotation_approver": "admin",
    "labels": [[0, 4, "PERSON"], [20, 24, "WEBSITE"]],
}
DOCCANO_RELATIONS = {
    "id": 71,
    "text": TEXT,
    "entities": [
        {"id": 5, "label": "PERSON", "start_offset": 0, "end_offset": 4},
        {"id": 6, "label": "WEBSITE", "start_offset": 20, "end_offset": 24},
    ],
    "relations": [{"id": 1, "from_id": 5, "to_id": 6, "type": "works for"}],
    "Comments": [],
}
DOCCANO_1_3 = {"id": 71, "data": TEXT, "label": DOCCANO["label"], "source": "jobs.csv"}
DOCCANO_INTENT = {"id": 71, "text": TEXT, "entities": DOCCANO["label"], "cats": ["job"]}
LABEL_STUDIO: Dict[str, Any] = {
    "id": 12,
    "annotations": [
        {
            "id": 4,
            "completed_by": 1,
            "result": [
                {
                    "value": {"start": 0, "end": 4, "text": "Lena", "labels": [label]},
                    "id": "Dx_aB91ISN",
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "origin": "manual",
                }
                for label in ["PERSON"]
            ]
            + [
                {
                    "value": {"start": 20, "end": 24, "labels": ["WEBSITE"]},
                    "id": "gew3t9fgkg",
                    "from_name": "label",
                    "to_name": "text",
                    "type": "labels",
                    "origin": "manual",
                },
                {
                    "from_id": "Dx_aB91ISN",
                    "to_id": "gew3t9fgkg",
                    "type": "relation",
                    "direction": "right",
                },
            ],
            "was_cancelled": False,
            "ground_truth": False,
            "created_at": "2026-11-03T21:52:49.513742Z",
            "lead_time": 4.288,
            "task": 12,
        }
    ],
    "file_upload": "5a8c2f31-jobs.txt",
    "drafts": [],
    "predictions": [],
    "data": {"text": TEXT},
    "meta": {},
    "created_at": "2026-11-03T21:50:12.104411Z",
    "inner_id": 12,
    "project": 2,
}
LABEL_STUDIO_MIN = {
    "text": TEXT,
    "id": 12,
    "label": [
        {"start": 0, "end": 4, "text": "Lena", "labels": ["PERSON"]},
        {"start": 20, "end": 24, "text": "Etsy", "labels": ["WEBSITE"]},
    ],
    "annotator": 1,
    "annotation_id": 4,
    "created_at": "2026-11-03T21:52:49.513742Z",
    "updated_at": "2026-11-03T21:52:49.513770Z",
    "lead_time": 4.288,
}
LABEL_STUDIO_HTML: Dict[str, Any] = {
    "data": {"text": "<p>Lena</p>"},
    "annotations": [
        {
            "result": [
                {
                    "value": {
                        "start": "/p[1]/text()[1]",
                        "end": "/p[1]/text()[1]",
                        "startOffset": 0,
                        "endOffset": 4,
                        "globalOffsets": {"start": 0, "end": 4},
                        "hypertextlabels": ["PERSON"],
                    },
                    "type": "hypertextlabels",
                }
            ]
        }
    ],
}
LABEL_STUDIO_CHOICE = {
    "review": "ok",
    "id": 13,
    "feeling": None,
    "annotator": 1,
    "annotation_id": 5,
    "created_at": "2026-11-03T21:52:49.513742Z",
    "lead_time": 2.1,
}
DATATURKS = {
    "content": TEXT,
    "annotation": [
        {"label": ["PERSON"], "points": [{"start": 0, "end": 3, "text": "Lena"}]},
        {"label": ["WEBSITE"], "points": [{"start": 20, "end": 23, "text": "Etsy"}]},
    ],
    "extras": None,
    "metadata": {
        "first_done_at": 1527844872000,
        "last_updated_at": 1537724086000,
        "sec_taken": 0,
        "last_updated_by": "wQ2xYt",
        "status": "done",
        "evaluation": "NONE",
    },
}

LIGHTTAG = {
    "id": "0",
    "content": TEXT,
    "metadata": {},
    "annotations": [
        {
            "id": f"a{start}",
            "tag_id": "x",
            "start": start,
            "end": end,
            "example_id": "0",
            "tag_name": name,
            "value": TEXT[start:end],
            "correct": None,
            "human_annotations": [],
            "model_annotations": [],
        }
        for start, end, name in ENTITIES
    ],
    "classifications": [],
}
UBIAI = {
    "document": TEXT,
    "documentName": "jobs",
    "tokens": [
        {"text": TEXT[s:e], "start": s, "end": e, "token_start": 0, "entityLabel": name}
        for s, e, name in ENTITIES
    ],
    "relations": [{"child": 0, "head": 1, "relationLabel": "SELLS_ON"}],
}
ARGILLA: Dict[str, Any] = {
    "text": TEXT,
    "tokens": TEXT.split(),
    "prediction": None,
    "annotation": [{"label": n, "start": s, "end": e} for s, e, n in ENTITIES],
    "status": "Validated",
    "metadata": {},
}
ARGILLA_2: Dict[str, Any] = {
    "id": "3f2",
    "status": "completed",
    "fields": {"text": TEXT},
    "metadata": {},
    "suggestions": {},
    "responses": {"ner": [{"value": ARGILLA["annotation"], "user_id": "a1"}]},
}
RASA = {
    "text": TEXT,
    "intent": "job",
    "entities": [
        {"start": s, "end": e, "value": TEXT[s:e].lower(), "entity": name}
        for s, e, name in ENTITIES
    ],
}
HUGGING_FACE = {
    "id": "0",
    "tokens": TEXT.split(),
    "ner_tags": ["B-PERSON", "O", "O", "O", "B-WEBSITE"],
}
HUGGING_FACE_TEXT = {**HUGGING_FACE, "text": TEXT}
PAIRS = [[word, tag] for word, tag in zip(TEXT.split(), HUGGING_FACE["ner_tags"])]


def write_jsonl(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf8")
    return path


def read(tmp_path: Path, *records: Any, **kwargs: Any) -> List[Annotated]:
    path = write_jsonl(tmp_path / "data.jsonl", *records)
    return list(read_annotated(path, **kwargs))
