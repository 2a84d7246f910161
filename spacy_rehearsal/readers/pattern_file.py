"""Patterns of spaCy's entity ruler, read from a file."""

import json
import os
from itertools import chain
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Union

from spacy.matcher import Matcher
from spacy.tokens import Token
from spacy.vocab import Vocab

from ..errors import config_error
from ..files import HALF_CHARACTER, decode_lines, load_json
from ..patterns.anchors import find_anchor
from ..patterns.bounds import Load, check_bounds, is_plain

MAX_PHRASE = 10_000  # characters
WORDS = ("ORTH", "TEXT", "LOWER", "NORM")
# what a tokenizer alone does not set
ANNOTATED_ATTRS = {
    *("POS", "TAG", "MORPH", "LEMMA", "DEP", "SENT_START", "IS_SENT_START"),
    *("ENT_TYPE", "ENT_IOB", "ENT_ID", "ENT_KB_ID"),
}


def is_str(value: Any) -> bool:
    return isinstance(value, str)


class Pattern(NamedTuple):
    """A pattern of spaCy's entity ruler.

    label (str): The label.
    pattern (Union[str, List[Dict[str, Any]]]): A phrase or a token pattern.
    line_no (int): The line of the file, from 1.
    """

    label: str
    pattern: Union[str, List[Dict[str, Any]]]
    line_no: int

    def __str__(self) -> str:
        if isinstance(self.pattern, str):
            return self.pattern
        words = [w for t in self.pattern for a, w in t.items() if a.upper() in WORDS]
        if len(words) == sum(map(len, self.pattern)) and all(map(is_str, words)):
            return " ".join(words)
        return json.dumps(self.pattern, ensure_ascii=False)

    @property
    def annotated_attrs(self) -> List[str]:
        """The token attributes that a component has to set."""
        tokens = [] if isinstance(self.pattern, str) else self.pattern
        return sorted({a.upper() for t in tokens for a in t} & ANNOTATED_ATTRS)


def read_patterns(path: Path, *, label: Optional[str] = None) -> List[Pattern]:
    """Read patterns from a file.

    path (Path): JSONL with a "label" and a "pattern" a line, or text with a name a
        line.
    label (Optional[str]): The label of the patterns that have none.
    RETURNS (List[Pattern]): The patterns.
    RAISES (ConfigValidationError): If there is none, or one is not valid.
    """
    if not os.path.isfile(path) or path.suffix not in (".jsonl", ".txt"):
        raise config_error(
            ["patterns"], f"'{path}' is no .jsonl or .txt file with patterns"
        )
    patterns = []
    vocab = Vocab()
    load = Load()
    for line_no, line in decode_lines(["patterns"], path):
        line = line.strip()
        if line:
            try:
                record = parse_json(line) if path.suffix == ".jsonl" else line
                patterns.append(parse_pattern(record, line_no, label, vocab, load))
            except ValueError as err:
                raise config_error(
                    ["patterns"], f"{path}, line {line_no}: {err}"
                ) from None
    if not patterns:
        raise config_error(["patterns"], f"there is no pattern in '{path}'")
    return patterns


def parse_json(line: str) -> Any:
    try:
        return load_json(line)
    except ValueError as err:
        raise ValueError(f"is not valid JSON ({err}), one pattern a line") from None


def parse_pattern(
    record: Any, line_no: int, label: Optional[str], vocab: Vocab, load: Load
) -> Pattern:
    if isinstance(record, str):
        record = {"pattern": record}
    if not isinstance(record, dict) or "pattern" not in record:
        raise ValueError(f'expected an object with a "pattern", found: {record!r}')
    name = record.get("label", label)
    if not isinstance(name, str) or not name or HALF_CHARACTER.search(name):
        raise ValueError("the pattern has no label. Give it one, or set label for all.")
    pattern = record["pattern"]
    if not pattern or not isinstance(pattern, (str, list)):
        raise ValueError(f"expected a phrase or a list of tokens, found: {pattern!r}")
    if len(pattern) > MAX_PHRASE and isinstance(pattern, str):
        raise ValueError(
            f"the phrase has {len(pattern):,} characters, at most {MAX_PHRASE:,} are "
            f"allowed: '{pattern[:40]}...'"
        )
    if isinstance(pattern, list):
        try:
            check_tokens(pattern, vocab)
        except Exception as err:  # MatchPatternError, and others for wrong types
            raise ValueError(" ".join(str(err).split())) from None
        if not find_anchor(pattern, vocab)[1]:
            load.add(len(pattern))
        for name in chain.from_iterable(token.get("_", ()) for token in pattern):
            if not Token.has_extension(name):
                raise ValueError(f"no code has set the extension attribute '{name}'")
    return Pattern(name, pattern, line_no)


def check_tokens(pattern: List[Any], vocab: Vocab) -> None:
    if all(isinstance(token, dict) for token in pattern) and is_plain(pattern):
        return
    check_bounds(pattern)
    Matcher(vocab, validate=True).add("pattern", [pattern])


def check_needs_tokens_only(path: Path, patterns: List[Pattern]) -> None:
    for pattern in patterns:
        if pattern.annotated_attrs:
            raise config_error(
                ["patterns"],
                f"{path}, line {pattern.line_no}: "
                f"{', '.join(pattern.annotated_attrs)} needs a pipeline that sets it. "
                "Use `spacy rehearsal bootstrap` with --base-model.",
            )
