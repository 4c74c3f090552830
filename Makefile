# make demo    set up and train the blog's network
# make test    set up and run the tests
# make check   style and types
# make docs    the documentation as a site: docs/_build/html/index.html
# make notebooks  the demos as notebooks, in out/notebooks/
# make bench   the speed table, against every peer that is installed

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench docs notebooks pictures clean

demo: $(VENV)/demos
	$(BIN)/python -m demos.chain_rule
	$(BIN)/python -m demos.blog_one_weight
	$(BIN)/python -m demos.blog_neuron
	$(BIN)/python -m demos.walk_pages

test: $(VENV)/test
	$(BIN)/python -m pytest

check: $(VENV)/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/bench
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.gradient
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.lifting
	$(BIN)/python docs/measurements.py

docs: $(VENV)/docs
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "read docs/_build/html/index.html"

notebooks:
	$(PYTHON) docs/notebooks.py out/notebooks

pictures: $(VENV)/demos
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/gallery.py

$(VENV)/%: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[$*]'
	touch $@

clean:
	rm -rf $(VENV) out dist build docs/_build docs/_generated
