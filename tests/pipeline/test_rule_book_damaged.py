"""Files of a saved component that are not what was saved: changed by a disk, a transfer
or a person. Each is loaded in a process of its own, with little memory and time."""

import json
import os
import resource
import shutil
import signal
import sqlite3
import struct
import zlib
from pathlib import Path
from random import Random
from typing import Any, Callable, Dict, List, Tuple

import pytest
import spacy
import srsly
from spacy.tokens import Doc, Span
from thinc.api import ConfigValidationError

from spacy_rehearsal.gazetteers.memory import Gazetteer
from spacy_rehearsal.gazetteers.names import Folding
from spacy_rehearsal.gazetteers.sqlite import SqliteGazetteer, build_sqlite
from spacy_rehearsal.pipeline.checksums import FILE_NAME
from spacy_rehearsal.pipeline.label_mapper import LabelMapper

NLP = spacy.blank("en")
SECONDS = 20
MEMORY = 2**30
BOMB = zlib.compress(bytes(2**28), 1)
NAMES = ["Paris", "Berlin", "Oslo", "Lodz", "Rome", "Łódź", "Rom", "Nowhere", "Parsi"]
RULES: List[Dict[str, Any]] = [
    {"label": "GPE", "to": "SIGHT", "gazetteer": "towns", "kb_id": "Q90"},
    {"label": "GPE", "gazetteer": "towns", "unless": [{"LOWER": "far"}]},
    {"label": "GPE", "to": "CAPITAL", "gazetteer": "capitals"},
    {"label": "GPE", "to": "PLACE", "gazetteer": "places", "window": 3},
]
ENTRIES: List[Dict[str, Any]] = [
    {"name": "Paris", "id": "Q90", "label": "TOWN"},
    {"name": "Paris", "id": "Q830149", "label": "VILLAGE"},
    {"name": "Łódź", "aliases": ["Lodz"], "label": "TOWN", "attrs": {"n": 1}},
]
EXPECTED = ["SIGHT", *["CAPITAL"] * 2, "TOWN", "CAPITAL", "TOWN", *["GPE"] * 3]
JUNK: List[Any] = [None, True, -1, 10**12, 1e300, "", "x" * 99, [], {}, [[1]], {"a": 1}]
Change = Callable[[Path, Random], None]


def save(path: Path) -> None:
    rows = list(enumerate([{"name": "Rome", "id": "Q220"}, {"name": "Oslo"}], 1))
    build_sqlite(Path("places.jsonl"), rows, path / "places.sqlite")
    mapper = make_mapper()
    mapper.add_rules(RULES)
    mapper.add_gazetteer("towns", Gazetteer(ENTRIES, Folding(True, True, True, True)))
    mapper.add_gazetteer("capitals", ["Berlin", "Oslo", "Rome"])
    mapper.add_gazetteer("places", SqliteGazetteer(path / "places.sqlite"))
    mapper.to_disk(path / "saved")


def make_mapper() -> LabelMapper:
    return LabelMapper(NLP)


def find_entities(path: Path) -> List[Tuple[str, str]]:
    mapper = make_mapper()
    mapper.from_disk(path)
    found = []
    for name in NAMES:
        words = ["near", "Bonn", "is", name]
        doc = Doc(NLP.vocab, words=words, sent_starts=[True, *[False] * 3])
        doc.ents = [Span(doc, 3, 4, "GPE")]
        found += [(ent.label_, ent.kb_id_) for ent in mapper(doc).ents]
    return found


def load_apart(path: Path) -> str:
    """Load files in a process of its own. Returns what has become of it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        signal.alarm(SECONDS)
        n_pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = n_pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            outcome = json.dumps(find_entities(path))
        except ConfigValidationError as err:
            outcome = "error" if "damaged (MemoryError" not in str(err) else str(err)
        except ValueError as err:  # a rule has come to look at something else
            outcome = "error" if str(err).startswith("Rule '") else str(err)
        except BaseException as err:
            outcome = f"{type(err).__name__}: {err}"
        os.write(writer, outcome.encode()[:60_000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file_:
        outcome = file_.read().decode()
    _, status = os.waitpid(pid, 0)
    return outcome if os.WIFEXITED(status) else f"killed by signal {status & 127}"


def change_bytes(path: Path, random: Random) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(random.choice((1, 1, 2, 8, 50))):
        data[random.randrange(len(data))] = random.choice(
            (0, 255, random.randrange(256))
        )
    path.write_bytes(data)


def truncate(path: Path, random: Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: random.choice((0, 1, random.randrange(len(data)), -1))])


def repeat_a_part(path: Path, random: Random) -> None:
    data = path.read_bytes()
    i, j = sorted(random.randrange(len(data) + 1) for _ in range(2))
    path.write_bytes(data[:j] + data[i:])


def change_a_number(path: Path, random: Random) -> None:
    """Numbers in text, and lengths and indexes in binary data."""
    data = bytearray(path.read_bytes())
    i = random.randrange(max(1, len(data) - 4))
    length = random.choice((2**31 - 1, 2**32 - 1, 2**24, 0))
    data[i : i + 4] = struct.pack(random.choice("<>") + "I", length)
    path.write_bytes(data)


def change_a_value(path: Path, random: Random) -> None:
    """A value of the wrong type, or in the wrong place, where the file has values."""
    if path.suffix == ".sqlite":
        return change_a_row(path, random)
    if path.name == "index":
        index = srsly.msgpack_loads(zlib.decompress(path.read_bytes()))
        changed = replace_a_value(index, random)
        path.write_bytes(zlib.compress(srsly.msgpack_dumps(changed)))
        return None
    lines = path.read_text(encoding="utf8").splitlines()
    i = random.randrange(len(lines))
    try:
        lines[i] = json.dumps(replace_a_value(json.loads(lines[i]), random))
    except ValueError:  # part of JSON in several lines
        lines = [json.dumps(replace_a_value(json.loads("".join(lines)), random))]
    path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return None


def replace_a_value(value: Any, random: Random) -> Any:
    if value and isinstance(value, (dict, list)) and random.random() < 0.8:
        key = random.choice([*value] if isinstance(value, dict) else range(len(value)))
        value[key] = replace_a_value(value[key], random)
        return value
    return random.choice([*JUNK, [value], {"a": value}])


def change_a_row(path: Path, random: Random) -> None:
    table, column = random.choice(
        [("meta", "value"), ("entries", "data"), ("names", "name"), ("names", "entry")]
    )
    value = random.choice(
        ["", "[]", "3", '"x"', "{", '{"name": 3}', None, 10**12, b"\0"]
    )
    connection = sqlite3.connect(path)
    query = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE random() % 2 = 0"
    try:
        connection.execute(query, (value,))
        connection.commit()
    except sqlite3.IntegrityError:
        pass
    connection.close()


def make_a_bomb(path: Path, random: Random) -> None:
    """Lengths that are more than there is, of what decompresses to much."""
    length = random.choice((2**31 - 1, 2**32 - 1))
    array = struct.pack(">BI", random.choice((0xDD, 0xDF, 0xC6, 0xDB)), length)
    bombs = [zlib.compress(data) for data in (array, array * 100, b"\x93" + array)]
    path.write_bytes(random.choice([*bombs, BOMB]))


def remove(path: Path, random: Random) -> None:
    path.unlink()
    if random.random() < 0.5:
        path.mkdir()


CHANGES: List[Change] = [
    *(change_bytes, change_bytes, truncate, repeat_a_part, change_a_number),
    *(change_a_value, change_a_value, change_a_value, make_a_bomb, remove),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("damaged")
    save(path)
    return path / "saved"


def damage(saved: Path, path: Path, seed: int) -> str:
    """Copy what was saved, and change one file of it."""
    random = Random(seed)
    shutil.copytree(saved, path)
    files = sorted(file_ for file_ in path.rglob("*") if file_.is_file())
    file_ = random.choice(files)
    change = random.choice(CHANGES)
    change(file_, random)
    return f"{seed}: {change.__name__} in {file_.relative_to(path)}"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux")
def test_damaged_files_end_in_an_error_or_change_nothing(
    saved: Path, tmp_path: Path
) -> None:
    expected = load_apart(saved)
    assert [label for label, _ in json.loads(expected)] == EXPECTED
    outcomes, faults = [], []
    for seed in range(200):
        path = tmp_path / str(seed)
        shown = damage(saved, path, seed)
        outcomes.append(load_apart(path))
        if outcomes[-1] not in (expected, "error"):
            faults.append(f"{shown}: {outcomes[-1][:300]}")
        # with no checksums, as before there were any, or for who edits files
        (path / FILE_NAME).unlink(missing_ok=True)
        outcome = "error" if (path / FILE_NAME).exists() else load_apart(path)
        if outcome != "error" and not outcome.startswith("[["):
            faults.append(f"{shown}, without checksums: {outcome[:300]}")
        shutil.rmtree(path)
    assert not faults, "\n".join(faults)
    assert outcomes.count("error") > 150


def test_says_that_a_file_was_edited(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "edited"
    shutil.copytree(saved, path)
    entries = path / "gazetteers" / "capitals" / "jsonl" / "entries.jsonl"
    entries.write_text('{"name": "Parsi"}\n')
    with pytest.raises(ConfigValidationError) as error:
        make_mapper().from_disk(path)
    assert f"'{entries}' has been changed since the pipeline was saved" in str(
        error.value
    )
    assert f"If you have edited it, delete '{path / FILE_NAME}'" in str(error.value)
    (path / FILE_NAME).unlink()
    assert find_entities(path)[-1] == ("CAPITAL", "")
    mapper = make_mapper()
    mapper.from_disk(path)
    mapper.to_disk(path)
    assert (path / FILE_NAME).exists()


@pytest.mark.parametrize("what", ["has gone", "is new"])
def test_files_that_have_gone_or_come(what: str, saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "changed"
    shutil.copytree(saved, path)
    if what == "is new":
        shutil.copytree(path / "gazetteers" / "towns", path / "gazetteers" / "more")
    else:
        shutil.rmtree(path / "gazetteers" / "towns")
    with pytest.raises(ConfigValidationError, match=what):
        make_mapper().from_disk(path)


def test_a_part_that_is_left_out_is_not_checked(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "part"
    shutil.copytree(saved, path)
    (path / "rules.jsonl").write_text("")
    mapper = make_mapper()
    mapper.from_disk(path, exclude=["rules"])
    assert set(mapper.gazetteers) == {"towns", "capitals", "places"}


def test_bytes_that_are_damaged(saved: Path) -> None:
    mapper = make_mapper()
    mapper.from_disk(saved)
    data = mapper.to_bytes()
    random = Random(0)
    n_errors = 0
    mapper = make_mapper()
    for _ in range(100):
        damaged = bytearray(data)
        damaged[random.randrange(len(damaged))] = random.randrange(256)
        try:
            mapper.from_bytes(bytes(damaged[: random.choice((-1, len(data)))]))
        except ConfigValidationError:
            n_errors += 1
    assert n_errors > 50
