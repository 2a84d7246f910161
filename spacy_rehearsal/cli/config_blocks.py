"""Write blocks of a config as text."""

import json
from typing import Any, Dict


def get_blocks(name: str, block: Dict[str, Any]) -> str:
    """Write the blocks in a block, e.g. the tokenizer in [nlp], as they are in a config
    file. What Config writes depends on the version of confection.

    name (str): The name of the block.
    block (Dict[str, Any]): The block.
    RETURNS (str): The blocks in it.
    """
    inner = {key: value for key, value in block.items() if isinstance(value, dict)}
    return "\n\n".join(write_block(f"{name}.{key}", b) for key, b in inner.items())


def write_block(name: str, block: Dict[str, Any]) -> str:
    settings = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}"
        for key, value in block.items()
        if not isinstance(value, dict)
    ]
    own = "\n".join([f"[{name}]", *settings]) if settings or not block else ""
    return "\n\n".join(filter(None, (own, get_blocks(name, block))))
