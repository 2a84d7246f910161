"""Words and their tags: rows of Hugging Face, tables, and lists in Python."""

from typing import Any, Optional, Tuple

from .annotated import Annotated, get_text, shorten
from .base import Format, formats, get_keys
from .shapes import TEXT_KEYS, count_unread, find_text_key
from .tags import are_tags

WORD_KEYS = ("tokens", "words", "token", "word")
TAG_KEYS = (
    *("ner_tags", "ner", "tags", "ner_tag", "labels", "label", "entities", "iob"),
    *(
        "bio",
        "biluo",
        "bio_tags",
        "iob_tags",
        "iob2",
        "annotation",
        "tag",
        "named_entities",
        "word_labels",
    ),
)


@formats("tokens")
class TokensFormat(Format):
    rank = 7
    priority = 4

    def recognizes(self, record: Any) -> bool:
        return find_tagged(record) is not None

    def parse(self, record: Any) -> Annotated:
        """Parse words and their tags. Without a text of its own, it is the words with
        spaces between them."""
        found = find_tagged(record)
        if found is None:
            raise ValueError(
                f'expected "tokens" and "tags", one for each, found: {shorten(record)}'
            )
        words, tags = found
        given = record.get(find_usual_key(record)) if isinstance(record, dict) else None
        text = get_text({"text": given if isinstance(given, str) else " ".join(words)})
        annotated = Annotated(text, entities=[], words=words, tags=tags)
        end = 0
        for word in words:  # words that were changed are no part of the text
            end = text.find(word, end)
            if end < 0:
                annotated.text = " ".join(words)
                break
            end += len(word)
        annotated.unread.update(count_unread(record))
        return annotated


def find_tagged(record: Any) -> Optional[Tuple[Any, Any]]:
    """Find the words of a record and their tags. None if it does not have both."""
    keys = get_keys(record)
    if keys:
        tag_lists = [record[k] for k in TAG_KEYS if k in keys and is_list(record[k])]
        words: Any = next((record[k] for k in WORD_KEYS if k in keys), None)
        text = record.get(find_text_key(record), record.get("text"))
        if words is None and isinstance(text, (str, list)):
            words = text.split() if isinstance(text, str) else text
            tag_lists = [tags for tags in tag_lists if tags and are_tags(tags)]
        if is_list(words) and words and all(map(get_keys, words)):
            words, tag_lists = split_tokens(words)
        if not are_words(words):
            return None
        for tags in tag_lists:
            if len(tags) == len(words) and is_tag_list(tags):
                return words, tags
        return None
    if not is_list(record) or not record:
        return None
    if len(record) == 2:
        words, tags = record
        words = words.split() if isinstance(words, str) else words
        is_same = are_words(words) and is_list(tags) and len(words) == len(tags) > 0
        if is_same and are_tags(tags):
            return words, tags
    if all(is_list(item) and len(item) > 1 for item in record):
        words, tags = [item[0] for item in record], [item[-1] for item in record]
        if are_tags(tags) and are_words(words):
            return words, tags
    return None


def find_usual_key(record: Any) -> str:
    return next((k for k in TEXT_KEYS if isinstance(record.get(k), str)), "")


def split_tokens(tokens: Any) -> Tuple[Any, Any]:
    """Split tokens that are objects into words and lists of tags."""
    words = [next((t[k] for k in WORD_KEYS if k in t), t.get("text")) for t in tokens]
    keys = [key for key in TAG_KEYS if all(key in token for token in tokens)]
    lists = [[token[key] for token in tokens] for key in keys]
    return words, [tags for tags in lists if are_tags(tags)]


def is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def are_words(value: Any) -> bool:
    return is_list(value) and all(isinstance(word, str) for word in value)


def is_tag_list(tags: Any) -> bool:
    return all(type(tag) is int or tag is None or isinstance(tag, str) for tag in tags)
