"""Raw text in plain text files: lines, paragraphs of wrapped lines, or whole files."""

from typing import Iterable, Iterator, List, Optional

from thinc.api import ConfigValidationError

from .files import Line

TEXT_PER = ("line", "paragraph", "file")
MIN_PAIRS = 2
MAX_WIDTH = 130  # characters of a line that an editor has wrapped
WRAPPED = 0.4  # of the pairs of lines
FULL = 0.6  # of the longest line
FINAL = ".!?:;\"')…"


def join_lines(lines: Iterable[Line], text_per: str) -> Iterator[Line]:
    """Join the lines of plain text.

    lines (Iterable[Tuple[int, Union[str, ConfigValidationError]]]): The lines.
    text_per (str): What is a text: a "line"; a "paragraph", which is what stands
        between empty lines, with a space for each line break; or the "file".
    YIELDS (Tuple[int, Union[str, ConfigValidationError]]): The number of its first
        line, and the text, or what is wrong with one of its lines.
    """
    if text_per == "line":
        for line_no, line in lines:
            yield line_no, line.rstrip("\r\n") if isinstance(line, str) else line
        return
    is_file = text_per == "file"
    begin = 0
    parts: List[str] = []
    error: Optional[ConfigValidationError] = None
    for line_no, line in lines:
        begin = begin or line_no
        if not isinstance(line, str):
            error = error or line
        elif is_file:
            parts.append(line)
        elif line.strip():
            parts.append(line.strip())
        else:
            if parts or error:
                yield begin, error or " ".join(parts)
            begin, parts, error = 0, [], None
    if parts or error:
        yield begin, error or ("" if is_file else " ").join(parts)


def are_wrapped(lines: List[str]) -> bool:
    """Tell whether lines are parts of texts: many are about as long as the longest one,
    end within a sentence, and go on in the next line."""
    filled = [line for line in lines if line]
    longest = max(map(len, filled), default=0)
    pairs = [(a, b) for a, b in zip(lines, lines[1:]) if a and b]
    if len(pairs) < MIN_PAIRS or longest > MAX_WIDTH:
        return False
    n_wrapped = sum(
        len(a) >= FULL * longest and a[-1] not in FINAL and b[0].islower()
        for a, b in pairs
    )
    return n_wrapped >= WRAPPED * len(pairs)
