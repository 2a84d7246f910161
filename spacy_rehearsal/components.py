"""What rehearsal has to know of the components that it can train, by their factory."""

from operator import attrgetter
from typing import (
    Any,
    Callable,
    Collection,
    Dict,
    Iterable,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from spacy.morphology import Morphology
from spacy.tokens import Doc, Span, Token

from .completion import (
    CategoryCompletion,
    EntityCompletion,
    ParseCompletion,
    SpanCompletion,
    TokenCompletion,
)
from .errors import config_error
from .outputs import add_output

LEFT_ARC, RIGHT_ARC = 2, 3  # of the actions of spaCy's parser
# start and end in characters, label, and what else it has: the place of a head, a lemma
Annotation = Tuple[Any, ...]
Pipe = Any  # a component of spaCy's: their classes have no common interface for labels
Completion = Union[
    CategoryCompletion,
    EntityCompletion,
    ParseCompletion,
    SpanCompletion,
    TokenCompletion,
]


class Kind(NamedTuple):
    """What sets the components of a factory apart.

    noun (str): What they find, in one word.
    places (Tuple[str, ...]): Where they put it. Components that share a place can't be
        trained at once: a doc holds the annotation of one.
    attrs (Tuple[str, ...]): The token attributes that hold it.
    get_labels (Callable[[Pipe, Doc], Iterable[str]]): Gets the labels of a doc's
        annotation, "" for what has none. A doc without annotation has no labels.
    get_annotations (Callable[[Pipe, Doc], Iterable[Annotation]]): Gets the annotation
        of a doc in a form that does not depend on its tokens.
    create_completion (Callable[..., Completion]): Creates what completes gold with
        silver, from the component in training and the corpus settings `gold_labels`,
        `base_labels`, `label_map`, `fill_missing` and `partial_gold`.
    scores (Tuple[str, ...]): The scores, of those that the component's scorer returns,
        that tell how good it is.
    has_labels (bool): Whether annotations have labels. Otherwise `get_annotations`
        gives the noun as the label.
    detail (str): What two annotations of the same words and label can differ in, or of
        the same label and overlapping words: "other borders".
    is_by_token (bool): Whether each token has an annotation of its own.
    has_span_settings (bool): Whether these settings mean anything to it.
    get_known_labels (Callable[[Pipe], Iterable[str]]): Gets the labels that a component
        has, in the form of `get_labels`.
    add_label (Optional[Callable[[Pipe, str], None]]): Adds a label that the gold has,
        or raises a NotImplementedError that says why it can't. By default spaCy adds
        labels in training, or there is nothing to add.
    """

    noun: str
    places: Tuple[str, ...]
    attrs: Tuple[str, ...]
    get_labels: Callable[[Pipe, Doc], Iterable[str]]
    get_annotations: Callable[[Pipe, Doc], Iterable[Annotation]]
    create_completion: Callable[..., Completion]
    scores: Tuple[str, ...] = ()
    has_labels: bool = True
    detail: str = "borders"
    is_by_token: bool = False
    has_span_settings: bool = False
    get_known_labels: Callable[[Pipe], Iterable[str]] = attrgetter("labels")
    add_label: Optional[Callable[[Pipe, str], None]] = None


def locate_spans(spans: Iterable[Span]) -> List[Annotation]:
    return [(span.start_char, span.end_char, span.label_) for span in spans]


def locate_tokens(
    doc: Doc, get_values: Callable[[Token], Tuple[Any, ...]]
) -> List[Annotation]:
    """Get an annotation for each token that has a label.

    get_values (Callable[[Token], Tuple[Any, ...]]): Gets the label of a token, and what
        else its annotation has.
    """
    pairs = ((token, get_values(token)) for token in doc)
    return [(t.idx, t.idx + len(t), *values) for t, values in pairs if values[0]]


def get_entity_labels(pipe: Pipe, doc: Doc) -> List[str]:
    return [ent.label_ for ent in doc.ents]


def get_entity_annotations(pipe: Pipe, doc: Doc) -> List[Annotation]:
    return locate_spans(doc.ents)


def create_entity_completion(
    pipe: Pipe, *, gold_labels: Collection[str] = (), **settings: Any
) -> EntityCompletion:
    key = pipe.incorrect_spans_key
    return EntityCompletion(gold_labels, incorrect_spans_key=key, **settings)


def get_tags(pipe: Pipe, doc: Doc) -> List[str]:
    """Get the tags of a doc. One that is known to be wrong, "!NN", is no label."""
    prefix = pipe.cfg["neg_prefix"]
    return [
        "" if prefix and token.tag_.startswith(prefix) else token.tag_
        for token in doc
        if token.tag
    ]


def get_tag_annotations(pipe: Pipe, doc: Doc) -> List[Annotation]:
    return locate_tokens(doc, lambda token: (token.tag_,))


def create_tag_completion(pipe: Pipe, **settings: Any) -> TokenCompletion:
    return TokenCompletion("TAG")


def add_tag(pipe: Pipe, label: str) -> None:
    add_output(pipe.model, pipe.model.get_ref("output_layer"))
    pipe.add_label(label)


def get_morph(pipe: Pipe, token: Token) -> str:
    """Get what a morphologizer has as the label of a token. It has none for half of an
    annotation."""
    if not (token.pos and token.has_morph()):
        return ""
    features = {**Morphology.feats_to_dict(str(token.morph))}
    features[pipe.POS_FEAT] = token.pos_
    label: str = pipe.vocab.strings[pipe.vocab.morphology.add(features)]
    return label


def get_morphs(pipe: Pipe, doc: Doc) -> List[str]:
    return [get_morph(pipe, token) for token in doc if token.pos or token.has_morph()]


def get_morph_annotations(pipe: Pipe, doc: Doc) -> List[Annotation]:
    return locate_tokens(doc, lambda token: (get_morph(pipe, token),))


def create_morph_completion(pipe: Pipe, **settings: Any) -> TokenCompletion:
    return TokenCompletion("POS", "MORPH")


def get_sent_starts(pipe: Pipe, doc: Doc) -> List[str]:
    # spaCy takes shorter docs for annotated in any case
    return [""] if len(doc) > 1 and doc.has_annotation("SENT_START") else []


def get_sentence_annotations(pipe: Pipe, doc: Doc) -> List[Annotation]:
    spans = doc.sents if doc.has_annotation("SENT_START") else ()
    return [(span.start_char, span.end_char, "sentence") for span in spans]


def create_sent_start_completion(pipe: Pipe, **settings: Any) -> TokenCompletion:
    return TokenCompletion("SENT_START")


def get_edit_trees(pipe: Pipe, doc: Doc) -> List[str]:
    """Get the edit trees that make the lemmas of a doc."""
    pairs = [(token.text, token.lemma_) for token in doc if token.lemma]
    return [pipe.trees.tree_to_str(pipe.trees.add(*pair)) for pair in pairs]


def get_lemma_annotations(pipe: Pipe, doc: Doc) -> List[Annotation]:
    return locate_tokens(doc, lambda t: ("lemma" if t.lemma else "", t.lemma_))


def get_known_edit_trees(pipe: Pipe) -> List[str]:
    return [pipe.trees.tree_to_str(tree) for tree in pipe.labels]


def add_edit_tree(pipe: Pipe, label: str) -> None:
    trees = range(len(pipe.trees))
    tree = next(tree for tree in trees if pipe.trees.tree_to_str(tree) == label)
    add_output(pipe.model, pipe.model.get_ref("output_layer"))
    pipe.cfg["labels"].append(tree)


def create_lemma_completion(pipe: Pipe, **settings: Any) -> TokenCompletion:
    """Lemmas that the lemmatizer can't make, because it has no edit tree for them,
    become missing: spaCy would train it to use its first one instead."""
    # spaCy doesn't restore this when a lemmatizer is loaded, and trains nothing without
    pipe.tree2label.update({tree: i for i, tree in enumerate(pipe.labels)})
    return TokenCompletion(
        "LEMMA",
        is_known=lambda token: (
            not token.lemma
            or pipe.trees.add(token.text, token.lemma_) in pipe.tree2label
        ),
    )


def get_dependencies(pipe: Pipe, doc: Doc) -> List[str]:
    return [token.dep_ for token in doc if token.has_dep()]


def get_dependency_annotations(pipe: Pipe, doc: Doc) -> List[Annotation]:
    return locate_tokens(doc, lambda token: (token.dep_, token.head.idx))


def add_dependency(pipe: Pipe, label: str) -> None:
    """Add a label as spaCy does for one that it sees when it initializes a parser."""
    for action in (LEFT_ARC, RIGHT_ARC):
        pipe.moves.add_action(action, label)
    pipe.set_output(pipe.moves.n_moves)
    pipe.vocab.strings.add(label)


def create_parse_completion(pipe: Pipe, **settings: Any) -> ParseCompletion:
    return ParseCompletion()


def get_categories(pipe: Pipe, doc: Doc) -> List[str]:
    """Get the categories that a doc has or has not.

    RAISES (ConfigValidationError): If spaCy could not train on them.
    """
    is_exclusive = not pipe.support_missing_values
    values = list(doc.cats.values())
    if set(values) - {0.0, 1.0} or (is_exclusive and values.count(1.0) > 1):
        raise config_error(
            [],
            f"the categories of '{doc.text[:60]}' are {doc.cats}. Each must be 0.0 or "
            f"1.0{', and one at most 1.0' if is_exclusive else ''}.",
        )
    return list(doc.cats)


def get_category_annotations(pipe: Pipe, doc: Doc) -> List[Annotation]:
    """Get the categories of a doc that the component has: of those that exclude each
    other the likeliest."""
    cats = {label: doc.cats[label] for label in pipe.labels if label in doc.cats}
    lowest = pipe.cfg["threshold"]
    if not pipe.support_missing_values:
        lowest = max(cats.values(), default=0.0)
    found = [label for label, value in cats.items() if 0 < value >= lowest]
    return [(0, len(doc.text), label) for label in found]


def create_category_completion(pipe: Pipe, **settings: Any) -> CategoryCompletion:
    return CategoryCompletion(
        is_exclusive=not pipe.support_missing_values, threshold=pipe.cfg["threshold"]
    )


def add_category(pipe: Pipe, label: str) -> None:
    if "resize_output" not in pipe.model.attrs:
        raise NotImplementedError(
            "Its architecture can't add one; those of spacy.TextCatBOW and "
            "spacy.TextCatReduce can. Train a component of its own for the new label."
        )
    add_tag(pipe, label)


def get_span_labels(pipe: Pipe, doc: Doc) -> List[str]:
    return [span.label_ for span in doc.spans.get(pipe.key, [])]


def get_span_annotations(pipe: Pipe, doc: Doc) -> List[Annotation]:
    return locate_spans(doc.spans.get(pipe.key, []))


def create_span_completion(
    pipe: Pipe,
    *,
    gold_labels: Collection[str] = (),
    fill_missing: bool = False,
    **settings: Any,
) -> SpanCompletion:
    return SpanCompletion(
        pipe.key,
        gold_labels,
        allow_overlap=pipe.cfg["allow_overlap"],
        is_exclusive=pipe.cfg["max_positive"] == 1,
        **settings,
    )


def add_span_label(pipe: Pipe, label: str) -> None:
    layers = [n for n in pipe.model.get_ref("scorer").walk() if "W" in n.param_names]
    if pipe.add_negative_label or len(layers) != 1:
        raise NotImplementedError(
            "Its architecture can't add one; that of 'spancat' with "
            "spacy.LinearLogistic can. Train a component of its own for the new label."
        )
    add_output(pipe.model, layers[0])
    pipe.add_label(label)


KINDS: Dict[str, Kind] = {
    "ner": Kind(
        "entity",
        ("doc.ents",),
        ("ENT_IOB", "ENT_TYPE"),
        get_entity_labels,
        get_entity_annotations,
        create_entity_completion,
        has_span_settings=True,
    ),
    "tagger": Kind(
        "tag",
        ("token.tag_",),
        ("TAG",),
        get_tags,
        get_tag_annotations,
        create_tag_completion,
        ("tag_acc",),
        is_by_token=True,
        add_label=add_tag,
    ),
    "morphologizer": Kind(
        "morphology",
        ("token.morph", "token.pos_"),
        ("POS", "MORPH"),
        get_morphs,
        get_morph_annotations,
        create_morph_completion,
        ("pos_acc", "morph_acc"),
        is_by_token=True,
        add_label=add_tag,
    ),
    "senter": Kind(
        "sentence",
        ("token.is_sent_start",),
        ("SENT_START",),
        get_sent_starts,
        get_sentence_annotations,
        create_sent_start_completion,
        ("sents_f",),
        has_labels=False,
    ),
    "trainable_lemmatizer": Kind(
        "lemma",
        ("token.lemma_",),
        ("LEMMA",),
        get_edit_trees,
        get_lemma_annotations,
        create_lemma_completion,
        ("lemma_acc",),
        has_labels=False,
        detail="lemma",
        is_by_token=True,
        get_known_labels=get_known_edit_trees,
        add_label=add_edit_tree,
    ),
    "parser": Kind(
        "dependency",
        ("token.dep_", "token.is_sent_start"),
        ("HEAD", "DEP"),
        get_dependencies,
        get_dependency_annotations,
        create_parse_completion,
        ("dep_uas", "dep_las"),
        detail="head",
        is_by_token=True,
        add_label=add_dependency,
    ),
    **dict.fromkeys(
        ("textcat", "textcat_multilabel"),
        Kind(
            "category",
            ("doc.cats",),
            (),
            get_categories,
            get_category_annotations,
            create_category_completion,
            ("cats_micro_f",),
            add_label=add_category,
        ),
    ),
    **dict.fromkeys(
        ("spancat", "spancat_singlelabel"),
        Kind(
            "span",
            ("doc.spans",),
            (),
            get_span_labels,
            get_span_annotations,
            create_span_completion,
            ("spans_{spans_key}_f",),
            has_span_settings=True,
            add_label=add_span_label,
        ),
    ),
}


def find_kinds(
    config: Dict[str, Any],
    components: Sequence[str],
    *,
    base_model: str,
    loc: Sequence[str],
) -> Dict[str, Kind]:
    """Find out what some components of a base pipeline are, and check that they can be
    trained with rehearsal.

    config (Dict[str, Any]): The pipeline's config.
    components (Sequence[str]): Names of the components.
    base_model (str): The base pipeline, for messages.
    loc (Sequence[str]): Where the components are set, for messages.
    RETURNS (Dict[str, Kind]): The kind of each component, by name.
    RAISES (ConfigValidationError): If there is no such component, it can't be trained
        yet, or not together with another one.
    """
    kinds: Dict[str, Kind] = {}
    places: Dict[str, str] = {}
    for name in components:
        if name not in config["components"]:
            raise config_error(
                loc,
                f"'{base_model}' has no component '{name}', it has: "
                f"{', '.join(config['nlp']['pipeline'])}",
            )
        factory = config["components"][name].get("factory")
        kind = KINDS.get(factory)
        if kind is None:
            raise config_error(
                loc,
                f"'{name}' can't be rehearsed yet: its factory is {factory}. These "
                f"can: {', '.join(KINDS)}",
            )
        suggester = config["components"][name].get("suggester", {})
        if suggester.get("@misc", "").startswith("spacy.preset_spans_suggester"):
            raise config_error(
                loc,
                f"'{name}' can't be rehearsed yet: it labels spans that another "
                "component suggests.",
            )
        for place in kind.places:
            other = places.setdefault(place, name)
            if other != name:
                raise config_error(
                    loc,
                    f"'{other}' and '{name}' can't be trained at once: both set "
                    f"{place}. Train one after the other.",
                )
        kinds[name] = kind
    return kinds
