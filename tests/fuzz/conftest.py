"""Settings for all: a seeded minute, or as many examples as FUZZ_EXAMPLES says."""

import os
from typing import Any, Dict

from hypothesis import HealthCheck, settings

COMMON: Dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
}
settings.register_profile("seeded", derandomize=True, database=None, **COMMON)
n_examples = int(os.environ.get("FUZZ_EXAMPLES", 0))
settings.register_profile("long", max_examples=n_examples or 100, **COMMON)
settings.load_profile("long" if n_examples else "seeded")
