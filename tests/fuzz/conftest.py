"""Settings for all: a seeded minute, or as many examples as FUZZ_EXAMPLES says."""

import os
from importlib.util import find_spec

if find_spec("hypothesis") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    from hypothesis import HealthCheck, settings

    common = {"deadline": None, "suppress_health_check": list(HealthCheck)}
    settings.register_profile("seeded", derandomize=True, database=None, **common)
    n_examples = int(os.environ.get("FUZZ_EXAMPLES", 0))
    settings.register_profile("long", max_examples=n_examples or 100, **common)
    settings.load_profile("long" if n_examples else "seeded")
