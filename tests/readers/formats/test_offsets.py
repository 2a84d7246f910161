"""Where the spans of a file are in their texts."""

import pytest

from spacy_rehearsal.readers.formats.annotated import Mark
from spacy_rehearsal.readers.formats.offsets import SpanError, place_span

EMOJI = "\U0001f600"


@pytest.mark.parametrize(
    ("text", "span", "surface", "expected", "is_moved"),
    [
        ("We saw Lena.", (7, 11), "Lena", (7, 11), False),
        ("We saw Lena.", (3, 7), "Lena", (7, 11), True),
        ("We saw Lena.", (40, 44), "Lena", (7, 11), True),
        ("We saw Lena.", (-4, 2), "Lena", (7, 11), True),
        # the nearest one, and whole words before parts
        ("Lena, Lena, Lena", (7, 11), "Lena", (6, 10), True),
        ("Lena, Lenas, Lenox", (7, 11), "Lena", (0, 4), True),
        ("Lenas and Helena", (1, 5), "Lena", (0, 4), True),
        ("the old\n  mill burned", (0, 8), "old mill", (4, 14), True),
        ("R&amp;D and the lab of Q&amp;A", (16, 19), "Q&A", (23, 30), True),
        ("a &lt;b&gt; tag, now", (6, 13), "<b> tag,", (2, 16), True),
        # white space may differ, and parts of words be marked
        ("the old\nmill", (4, 12), "old\\nmill", (4, 12), False),
        ("the  old  mill ", (3, 15), "old mill", (5, 14), False),
        ("the Klein-Bazaar", (4, 16), "Klein", (4, 16), False),
        # all of the text, or other words with it
        ("Uber is in Berlin", (0, 17), "Uber", (0, 4), True),
        ("Uber is in Berlin", (0, 7), "Uber", (0, 4), True),
        # without emoji two units are two characters
        (f"{EMOJI} Lena", (3, 7), "Lena", (2, 6), False),
        (f"{EMOJI} Lena Lena", (2, 6), "Lena", (2, 6), False),
    ],
)
def test_what_was_marked_tells_the_place(
    text: str,
    span: "tuple[int, int]",
    surface: str,
    expected: "tuple[int, int]",
    is_moved: bool,
) -> None:
    mark = Mark(*span, "X", surface=surface)
    assert place_span(text, mark) == ((*expected, "X"), is_moved)


@pytest.mark.parametrize(
    ("text", "span", "surface", "message"),
    [
        ("We saw Lena.", (7, 11), "Etsy", "but was annotated as X 'Etsy'"),
        ("We saw Lena.", (40, 44), "Etsy", "is nothing, but was annotated as X 'Etsy'"),
        ("Lena, he, Lena", (5, 9), "Lena", "but was annotated as X 'Lena'"),
        ("We saw Lena.", (7, 13), "", "no part of a text of 12 characters"),
        ("We saw Lena.", (11, 7), "", "no part of a text"),
        ("We saw Lena.", (-5, -1), "", "no part of a text"),
    ],
)
def test_what_has_no_place(
    text: str, span: "tuple[int, int]", surface: str, message: str
) -> None:
    with pytest.raises(SpanError, match=message):
        place_span(text, Mark(*span, "X", surface=surface))


def test_utf16() -> None:
    text = f"{EMOJI}{EMOJI} Lena {EMOJI}"
    assert place_span(text, (5, 9, "X"), is_utf16=True) == ((3, 7, "X"), False)
    assert place_span(text, (10, 12, "X"), is_utf16=True) == ((8, 9, "X"), False)
    for span in [(1, 4, "X"), (10, 11, "X"), (5, 14, "X")]:
        with pytest.raises(SpanError, match="no part"):
            place_span(text, span, is_utf16=True)
    assert place_span("Lena", (0, 4, "X"), is_utf16=True) == ((0, 4, "X"), False)
