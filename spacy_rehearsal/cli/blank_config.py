"""The config of a new pipeline, with or without word vectors."""

from typing import Any, Dict, Optional

import srsly

from ..base_pipeline import find_pipeline
from ..errors import config_error
from .config_blocks import get_blocks
from .util import load_blank


def get_blank_settings(lang: str, vectors: Optional[str]) -> Dict[str, Any]:
    """Get what the template for a new pipeline shows of it.

    lang (str): Code of its language.
    vectors (Optional[str]): Package name or path of a pipeline with word vectors.
    RETURNS (Dict[str, Any]): The settings.
    RAISES (UnavailablePipelineError): If there is no such pipeline.
    RAISES (ConfigValidationError): If there is no such language, or the pipeline has no
        vectors.
    """
    nlp: Dict[str, Any] = load_blank(lang).config["nlp"]
    if vectors:
        meta = srsly.read_json(find_pipeline(vectors) / "meta.json")
        if not meta.get("vectors", {}).get("width"):
            raise config_error(
                ["vectors"],
                f"'{vectors}' has no word vectors. Give a pipeline that has some, e.g. "
                "en_core_web_md, or what `spacy init vectors` has written.",
            )
    return {"nlp": nlp, "nlp_blocks": get_blocks("nlp", nlp), "vectors": vectors}
