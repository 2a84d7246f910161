"""Entities from IOB and BILUO tags."""

import re
from typing import Any, Iterable, List, Sequence, Tuple

from .annotated import Annotated, CharSpan, shorten

TAG = re.compile(r"(?:O|-|[BILUESM]-.+)")
PREFIXED = re.compile(r"([BILUESM])-(.+)", re.DOTALL)
UNDERSCORED = re.compile(r"([BILUESM])[-_](.+)", re.DOTALL)
BEGIN = "BUS"  # also U of BILUO and S of BIOES
MAX_GAP = 3  # characters between two parts of an entity


def is_tag(value: Any) -> bool:
    return isinstance(value, str) and bool(TAG.fullmatch(value))


def are_tags(values: Any) -> bool:
    """Tell whether something is a list of IOB or BILUO tags."""
    return isinstance(values, (list, tuple)) and all(map(is_tag, values))


def split_tag(tag: str) -> Tuple[str, str]:
    """Split a tag into prefix and label. A label alone is as if it was inside, what
    says that there is none has none."""
    match = PREFIXED.fullmatch(tag)
    if match:
        return match[1], match[2]
    return ("", "") if tag in ("O", "", "_", "-") else ("I", tag)


def are_numbers(tags: Sequence[Any]) -> bool:
    """Tell whether tags are numbers, which need names."""
    return bool(tags) and all(type(tag) is int for tag in tags)


def name_tags(tags: Sequence[Any], names: Sequence[str]) -> List[str]:
    """Put the names of tags in the place of their numbers.

    RAISES (ValueError): If one has no name, or is neither number nor text.
    """
    if are_numbers(tags):
        if min(tags) < 0 or max(tags) >= len(names):
            raise ValueError(
                f"tag_names has {len(names)} names, found: {shorten(tags)}"
            )
        return [names[tag] for tag in tags]
    if not all(tag is None or isinstance(tag, str) for tag in tags):
        raise ValueError(f"expected tags, found: {shorten(tags)}")
    return [tag or "O" for tag in tags]


def set_tagged(annotated: Annotated, names: Sequence[str]) -> None:
    """Read the tags of a text's words as entities.

    annotated (Annotated): The text. It is changed.
    names (Sequence[str]): What the tags stand for, if they are numbers.
    RAISES (ValueError): If a word has no tag, or a tag no name.
    """
    words, tags = annotated.words, name_tags(annotated.tags, names)
    if len(words) != len(tags):
        raise ValueError(f"has {len(words)} words and {len(tags)} tags")
    places = find_words(annotated.text, words)
    annotated.entities = []
    inside = ""
    for (start, end), tag in zip(places, tags):
        if tag == "-":
            annotated.unknown.append((start, end))
        prefix, label = split_tag(tag)
        if label and label == inside and prefix not in BEGIN:
            begin, _, _ = annotated.entities[-1]
            annotated.entities[-1] = (begin, end, label)
        elif label:
            annotated.entities.append((start, end, label))
        inside = label
    annotated.words = annotated.tags = ()


def find_words(text: str, words: Sequence[str]) -> List[Tuple[int, int]]:
    """Find words in their text, one after the other.

    RAISES (ValueError): If one is not there.
    """
    places = []
    end = 0
    for word in words:
        start = text.find(word, end)
        if start < 0:
            raise ValueError(
                f"its text has no '{shorten(word)}' where a word is: {shorten(text)}"
            )
        end = start + len(word)
        places.append((start, end))
    return places


def are_iob_labels(labels: Iterable[str]) -> bool:
    """Tell whether labels of character spans are tags: all of them have a prefix, and
    one stands both at the beginning and inside."""
    kinds = set()
    for label in set(labels) - {"O"}:
        match = UNDERSCORED.fullmatch(label)
        if match is None:
            return False
        kinds.add((match[1] in BEGIN, match[2]))
    return any((not begins, name) in kinds for begins, name in kinds)


def join_tagged(text: str, spans: Sequence[CharSpan]) -> List[CharSpan]:
    """Put the parts of entities together that have tags as labels.

    text (str): The text.
    spans (Sequence[CharSpan]): The parts, with labels such as B-SHOP.
    RETURNS (List[CharSpan]): The entities.
    """
    joined: List[CharSpan] = []
    for start, end, tag in sorted(spans):
        match = UNDERSCORED.fullmatch(tag)
        prefix, label = (match[1], match[2]) if match else split_tag(tag)
        if not label:
            continue
        first, last, inside = joined[-1] if joined else (0, 0, "")
        gap = text[last:start]
        is_near = len(gap) <= MAX_GAP and not any(map(str.isalnum, gap))
        if inside == label and prefix not in BEGIN and is_near:
            joined[-1] = (first, max(last, end), label)
        else:
            joined.append((start, end, label))
    return joined
