"""A small package of somebody else: a component that writes out contractions, from a
closed list, to `token.lemma_`, and the kind with which it is rehearsed."""

from typing import Any, Callable, Dict, Iterable, List, Optional

from spacy.language import Language
from spacy.pipeline.tagger import DEFAULT_TAGGER_MODEL, Tagger
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example

from spacy_rehearsal import Kind
from spacy_rehearsal.kinds.base import Annotation, locate_tokens
from spacy_rehearsal.kinds.resize import add_label_output
from spacy_rehearsal.kinds.tokens import TokenCompletion


@Language.factory("expander", default_config={"model": DEFAULT_TAGGER_MODEL})
def create_expander(nlp: Language, name: str, model: Any) -> "Expander":
    return Expander(nlp.vocab, model, name, scorer=score)


def score(examples: Iterable[Example], **kwargs: Any) -> Dict[str, Any]:
    return Scorer.score_token_attr(examples, "lemma", **kwargs)


class Expander(Tagger):
    def set_annotations(self, docs: Iterable[Doc], batch_tag_ids: Any) -> None:
        for doc, ids in zip(docs, batch_tag_ids):
            for token, i in zip(doc, ids.tolist()):
                token.lemma_ = self.labels[i]

    def get_loss(self, examples: Iterable[Example], scores: Any) -> Any:
        return super().get_loss([self._as_tags(eg) for eg in examples], scores)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Optional[Language] = None,
        labels: Any = None,
    ) -> None:
        examples = [self._as_tags(eg) for eg in get_examples()]
        super().initialize(lambda: examples, nlp=nlp, labels=labels)

    def _as_tags(self, example: Example) -> Example:
        reference = example.reference.copy()
        for token in reference:
            token.tag_ = token.lemma_
        return Example(example.predicted, reference)


class ExpansionKind(Kind):
    noun = "expansion"
    places = ("token.lemma_",)
    attrs = ("LEMMA",)
    scores = ("lemma_acc",)
    is_by_token = True

    def get_labels(self, pipe: Any, doc: Doc) -> List[str]:
        return [token.lemma_ for token in doc if token.lemma]

    def get_annotations(self, pipe: Any, doc: Doc) -> List[Annotation]:
        return locate_tokens(doc, lambda token: (token.lemma_,))

    def create_completion(self, pipe: Any, **settings: Any) -> TokenCompletion:
        return TokenCompletion("LEMMA")

    def add_label(self, pipe: Any, label: str) -> None:
        add_label_output(pipe, label)
