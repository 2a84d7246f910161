from typing import Any

import pytest

from spacy_rehearsal.gazetteers.entries import check_entry


@pytest.mark.parametrize(
    "entry,message",
    [
        ({"id": "Q90"}, "'name' is missing"),
        ({"name": "\t"}, "'name' must be a text that is not empty"),
        ({"name": "Paris", "id": ""}, "'id' must be a text that is not empty"),
        ({"name": "Paris", "id": 90}, "'id' must be a str, found 90"),
        ({"name": "Paris", "aliases": [" "]}, "alias must be a text"),
        ({"name": "Paris", "population": 2}, "unknown key 'population'"),
        ({"name": "Paris", "attrs": 2}, "'attrs' must be a dict"),
        (None, "found None"),
    ],
)
def test_bad_entries(entry: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_entry(entry)
