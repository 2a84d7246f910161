"""Examples from raw text and patterns."""

from array import array
from collections import Counter
from math import inf
from pathlib import Path
from typing import (
    Any,
    Dict,
    Iterable,
    Iterator,
    List,
    Optional,
    Tuple,
)

from spacy.language import Language
from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.util import filter_spans
from spacy.vocab import Vocab
from tqdm import tqdm

from ..errors import config_error
from ..files import digest
from ..patterns.anchors import Anchor, find_anchor
from ..patterns.guards import guard_regexes
from ..patterns.sequence import SequenceMatcher, needs_sequence
from ..tokenizing import make_doc
from .completed import Reader
from .pattern_file import Pattern, check_needs_tokens_only, read_patterns
from .raw_text.reading import as_raw_corpus, check_path, read_texts
from .sampling import get_split

ATTRS = ("ORTH", "LOWER", "NORM")
MAX_PATTERNS = 500  # of a matcher
TokenPattern = List[Dict[str, Any]]


def create_pattern_corpus(
    patterns: Path,
    raw: Reader,
    label: Optional[str] = None,
    unmatched: float = 1.0,
    split: Optional[str] = None,
    phrase_matcher_attr: str = "ORTH",
) -> "PatternCorpus":
    """Create a reader that makes examples of raw text with patterns.

    patterns (Path): A .jsonl file in the format of spaCy's entity ruler, with token
        patterns and phrases, or a .txt file with a name a line.
    raw (Callable[[Language], Iterable[Example]]): Unlabelled text. Only its texts
        are used.
    label (Optional[str]): The label of the patterns that have none.
    unmatched (float): How many texts without a match to keep per text with one, 0 or
        more. Those with the smallest hashes are kept.
    split (Optional[str]): Which part of the texts to use: "dev" is a tenth of them,
        chosen by their hash, "train" the others. By default all.
    phrase_matcher_attr (str): The token attribute that phrases are matched on:
        "ORTH", "LOWER" (case does not matter) or "NORM".
    RETURNS (PatternCorpus): The reader.
    RAISES (ConfigValidationError): If a pattern is not valid, with file and line, or
        a setting out of range.
    """
    return PatternCorpus(
        patterns,
        raw,
        label=label,
        unmatched=unmatched,
        split=split,
        phrase_matcher_attr=phrase_matcher_attr,
    )


class PatternGroup:
    """Token patterns that need one of the same words. They are made ready when a doc
    has one of these.

    vocab (Vocab): The vocab.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._waiting: List[Tuple[int, TokenPattern]] = []
        self._matchers: List[Matcher] = []
        self._sequences: List[Tuple[int, SequenceMatcher]] = []
        self._indices: List[int] = []

    def add(self, i: int, tokens: TokenPattern) -> None:
        """Add a pattern with its index."""
        self._waiting.append((i, tokens))

    def __call__(self, doc: Doc) -> Iterator[Tuple[int, int, int]]:
        """Yield the index of a pattern and the first token and last token + 1 of each
        match."""
        for i, tokens in self._waiting:
            if needs_sequence(tokens):
                sequence = SequenceMatcher(self.vocab, tokens, is_longest=True)
                self._sequences.append((i, sequence))
                continue
            # the time that `add` takes grows with what is there
            if len(self._indices) % MAX_PATTERNS == 0:
                self._matchers.append(Matcher(self.vocab))
            self._indices.append(i)
            self._matchers[-1].add(len(self._indices), [tokens])
        self._waiting = []
        for matcher in self._matchers:
            for number, start, end in matcher(doc):
                yield self._indices[number - 1], start, end
        for i, sequence in self._sequences:
            for start, end, _ in sequence(doc):
                yield i, start, end


class PatternMatcher:
    """Find the entities of a doc with patterns. Of two that overlap the longer one
    is taken, or else the first (`spacy.util.filter_spans`). Where several patterns
    find the same, the first of them counts.

    patterns (List[Pattern]): The patterns.
    nlp (Language): The pipeline that tokenizes phrases.
    phrase_matcher_attr (str): See `create_pattern_corpus`.

    ATTRIBUTES:
    counts (Counter[int]): How many entities each pattern has found, by its index.
    """

    def __init__(
        self, patterns: List[Pattern], nlp: Language, *, phrase_matcher_attr: str
    ) -> None:
        self.patterns = patterns
        self.counts: Counter[int] = Counter()
        self.phrase_matcher = PhraseMatcher(nlp.vocab, attr=phrase_matcher_attr)
        self._indices: Dict[int, int] = {}
        self._groups: Dict[Anchor, PatternGroup] = {}
        self._by_word: Dict[Tuple[int, int], List[PatternGroup]] = {}
        for i, pattern in enumerate(patterns):
            if isinstance(pattern.pattern, str):
                key = f"pattern-{i}"
                self._indices[nlp.vocab.strings.add(key)] = i
                self.phrase_matcher.add(key, [nlp.make_doc(pattern.pattern)])
                continue
            tokens = guard_regexes(pattern.pattern)
            _, anchor = find_anchor(tokens, nlp.vocab)
            if anchor not in self._groups:
                self._groups[anchor] = PatternGroup(nlp.vocab)
                for word in anchor:
                    self._by_word.setdefault(word, []).append(self._groups[anchor])
            self._groups[anchor].add(i, tokens)
        self._attrs = sorted({attr for attr, _ in self._by_word})

    def __call__(self, doc: Doc) -> List[Span]:
        """Find entities, and count them.

        doc (Doc): The doc.
        RETURNS (List[Span]): The entities, none of which overlap.
        """
        words = {
            (attr, value)
            for attr in self._attrs
            for value in doc.to_array(attr).tolist()
        }
        everywhere = self._groups.get(frozenset())
        groups = {group for word in words for group in self._by_word.get(word, ())}
        groups |= {everywhere} if everywhere is not None else set()
        matches = self.phrase_matcher(doc) if len(self.phrase_matcher) else []
        found = [(self._indices[key], start, end) for key, start, end in matches]
        for group in groups:
            found += group(doc)
        spans: Dict[Tuple[int, int], Tuple[int, Span]] = {}
        for i, start, end in sorted(found):
            span = Span(doc, start, end, self.patterns[i].label)
            spans.setdefault((start, end), (i, span))
        entities = filter_spans(span for _, span in spans.values())
        self.counts.update(spans[ent.start, ent.end][0] for ent in entities)
        return entities


class PatternCorpus:
    """Iterate over raw texts that are annotated by patterns. Streams; the first call
    reads all texts once before, to know which of those without a match to keep.

    For the other settings see `create_pattern_corpus`.

    run_pipeline (bool): Let the pipeline annotate the texts before they are matched,
        for patterns that need more than tokens.
    show_progress (bool): Show a progress bar.

    ATTRIBUTES:
    counts (Counter[int]): How many entities each pattern has found in the last call,
        by its index.
    """

    def __init__(
        self,
        patterns: Path,
        raw: Reader,
        *,
        label: Optional[str] = None,
        unmatched: float = 1.0,
        split: Optional[str] = None,
        phrase_matcher_attr: str = "ORTH",
        run_pipeline: bool = False,
        show_progress: bool = False,
    ) -> None:
        if not 0 <= unmatched < inf:
            raise config_error(["unmatched"], f"must be 0 or more, found {unmatched}")
        if split not in (None, "train", "dev"):
            raise config_error(["split"], f"must be 'train' or 'dev', found '{split}'")
        if phrase_matcher_attr not in ATTRS:
            raise config_error(
                ["phrase_matcher_attr"],
                f"must be one of {', '.join(ATTRS)}, found '{phrase_matcher_attr}'",
            )
        self.path = Path(patterns)
        self.raw = as_raw_corpus(raw)
        self.unmatched = unmatched
        self.split = split
        self.phrase_matcher_attr = phrase_matcher_attr
        self.run_pipeline = run_pipeline
        self.show_progress = show_progress
        self.patterns = read_patterns(self.path, label=label)
        self.counts: Counter[int] = Counter()
        self._highest_hash: Optional[int] = None
        if not run_pipeline:
            check_needs_tokens_only(self.path, self.patterns)
        check_path("raw", self.raw)

    def __call__(self, nlp: Language) -> Iterator[Example]:
        """Yield the texts with a match, and as many as set of those without.

        nlp (Language): The pipeline that tokenizes.
        YIELDS (Example): The examples, in the order of the texts.
        RAISES (ConfigValidationError): If no text has a match.
        """
        matcher = PatternMatcher(
            self.patterns, nlp, phrase_matcher_attr=self.phrase_matcher_attr
        )
        if self._highest_hash is None:
            self._highest_hash = self._find_highest_hash(nlp, matcher)
        self.counts = matcher.counts = Counter()
        for doc in self._read_docs(nlp):
            entities = matcher(doc)
            if entities or get_hash(doc.text) <= self._highest_hash:
                predicted = nlp.make_doc(doc.text) if self.run_pipeline else doc.copy()
                doc.set_ents(entities, default="outside")
                yield Example(predicted, doc)

    def _find_highest_hash(self, nlp: Language, matcher: PatternMatcher) -> int:
        """Find the hash up to which texts without a match are kept."""
        hashes = array("Q")
        n_matched = 0
        for doc in self._read_docs(nlp):
            if matcher(doc):
                n_matched += 1
            else:
                hashes.append(get_hash(doc.text))
        if not n_matched:
            raise config_error(
                ["patterns"],
                f"no pattern of '{self.path}' matches anywhere in the "
                f"{len(hashes)} texts. The first is read as {str(self.patterns[0])!r}. "
                "Is upper and lower case as in the texts? "
                "Set phrase_matcher_attr to 'LOWER' if it should not matter.",
            )
        n_kept = min(len(hashes), round(self.unmatched * n_matched))
        return sorted(hashes)[n_kept - 1] if n_kept else -1

    def _read_docs(self, nlp: Language) -> Iterator[Doc]:
        docs = (
            make_doc(nlp, text)
            for text in self._track(read_texts(self.raw, nlp))
            if self.split in (None, get_split(text))
        )
        yield from nlp.pipe(docs) if self.run_pipeline else docs

    def _track(self, texts: Iterable[str]) -> Iterable[str]:
        if not self.show_progress:
            return texts
        return tqdm(texts, desc="Matching", unit=" texts", leave=False)


def get_hash(text: str) -> int:
    """Hash a text to a number that depends on nothing but the text."""
    return int(digest([text.encode("utf8")])[:16], 16)
