# make demo   set up and run the demo trial, then print where its report is
# make test   set up and check: format, lint, types, workflow, tests but those that take minutes
# make test-all  all tests, with what networks made elsewhere, the crate's validator and a cluster need
#                (as root it starts a Slurm on this machine), and property tests that search
# make fuzz   odd and damaged input, thousands of each kind, and how many were refused
# make bench  speed and memory, see docs/benchmarks.md

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

# One thread a process: Snakemake and pytest run processes side by side.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: setup demo test test-all fuzz lint bench clean

setup: $(READY)

# torch comes first and alone, so that nothing else brings another build of it.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	snakemake --cores all
	@echo
	@echo "The report: $(CURDIR)/results/report/index.html"

lint: setup
	ruff check .
	ruff format --check .
	mypy
	snakefmt --check Snakefile workflow
	snakemake --lint

test: lint
	pytest -n 2 --dist loadgroup -m "not slow and not slurm"

test-all: lint
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-onnx.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-nnunet.lock
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-crate.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-cluster.lock
	HYPOTHESIS_PROFILE=search pytest -n 2 --dist loadgroup

fuzz: setup
	HYPOTHESIS_PROFILE=fuzz pytest -n 2 --dist loadgroup tests/fuzz

bench: setup
	python benchmarks/exam.py --spacing 2.0
	python benchmarks/exam.py --spacing 1.0
	python benchmarks/bootstrap.py
	python benchmarks/scale.py --visits 7000
	python benchmarks/trial_stages.py

clean:
	rm -rf .venv results .snakemake
