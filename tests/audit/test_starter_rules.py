from spacy_rehearsal.audit.data import compare_with_base
from spacy_rehearsal.audit.starter_rules import make_rules
from spacy_rehearsal.pipeline.rules import parse_rules
from spacy_rehearsal.teacher.teacher import Teacher
from tests.audit.util import BAD, DESTINATION, NLP, make_texts


def test_rules_to_start_with(teacher: Teacher) -> None:
    texts = make_texts(BAD)
    base_docs = list(teacher.predict(text for text, _ in BAD))
    rules, gazetteers = make_rules(
        texts, compare_with_base(texts, base_docs, teacher.labels)
    )
    [rule] = parse_rules(rules, NLP.vocab)
    assert (rule.labels, rule.to) == (("GPE",), DESTINATION)
    assert gazetteers[rule.gazetteer or ""] == [
        {"name": "Berlin"},
        {"name": "Paris"},
        {"name": "amsterdem"},
    ]
