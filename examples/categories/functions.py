"""A callback for plain training: `spacy train` adds no category to a component that it
takes from another pipeline. (With rehearsal the config of `init-config` does.)"""

from typing import Any, Callable

from spacy import registry
from spacy.language import Language


@registry.callbacks("add_category.v1")
def create_add_category(component: str, category: str) -> Callable[[Language], None]:
    def add_category(nlp: Language) -> None:
        pipe: Any = nlp.get_pipe(component)
        pipe.add_label(category)
        # spaCy starts the new category so low that it would never be learned
        output = pipe.model.get_ref("output_layer")
        bias = output.get_param("b").copy()
        bias[-1] = bias[:-1].mean()
        output.set_param("b", bias)

    return add_category
