# make demo       set up, and run the first demos: pictures and pages in out/
# make test       set up, and run the tests
# make check      check style and types
# make docs       build the documentation: docs/_build/html/index.html
# make notebooks  write the demos as notebooks, into out/notebooks/
# make bench      measure speed against every peer that is installed

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench docs notebooks pictures clean

demo: $(VENV)/demos
	$(BIN)/python -m demos.chain_rule
	$(BIN)/python -m demos.blog_one_weight
	$(BIN)/python -m demos.blog_neuron
	$(BIN)/python -m demos.walk_pages
	@echo "now open out/blog_neuron_walk.html in a browser"

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
	@echo "now open docs/_build/html/index.html"

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
