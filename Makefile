# make run    install nqpf into .venv and run the study: table, charts, data
# make test   lint, types and tests, in the same .venv
# make bench  how fast the engine is beside its peers (half an hour; a minute with QUICK=1;
#             more model files or folders with MODELS="PATH PATH"), see docs/speed.md
# make sweeps run the study's sweeps and their analyses; their figures go into docs/findings.md
#             (a quarter of an hour; goes on where it was stopped)
# make docs   the reference of the Python interface, from its docstrings, in build/docs
# make clean  remove .venv and what the tools left behind
#
# Needs Python 3.11 or later (another one: make run PYTHON=python3.12) and, the first time, a
# network. The second time nothing is installed unless pyproject.toml or constraints.txt changed.

PYTHON ?= python3
OUT ?= results
QUICK ?=
MODELS ?=
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

.PHONY: run test bench sweeps docs clean pictures

run: $(VENV)/.installed
	@echo "==> Running the study (the first run compiles the model: about half a minute)"
	@$(BIN)/nqpf run --out $(OUT)
	@echo "==> Open the charts in $(OUT)/charts. Next: $(BIN)/nqpf --help, README.md"

test: $(VENV)/.installed-for-tests
	@echo "==> ruff: style and common mistakes"
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@echo "==> pyright: types"
	@$(BIN)/pyright --pythonpath $(BIN)/python
	@echo "==> pytest, on all processors"
	@$(BIN)/pytest --numprocesses auto

bench: $(VENV)/.installed-for-tests
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) --json $(OUT)/bench.json $(MODELS)

SWEEPS := $(OUT)/sweeps
ANALYSE := $(BIN)/nqpf analyse

sweeps: $(VENV)/.installed
	@for name in paths sensitivity sensitivity_groups measures failure; do \
	  echo "==> $$name"; $(BIN)/nqpf sweep $$name --out $(SWEEPS)/$$name || exit; done
	@$(ANALYSE) ranks $(SWEEPS)/paths --quiet
	@$(ANALYSE) sobol $(SWEEPS)/sensitivity --quiet
	@$(ANALYSE) sobol $(SWEEPS)/sensitivity_groups --quiet
	@$(ANALYSE) tornado $(SWEEPS)/sensitivity --quiet
	@$(ANALYSE) synergy $(SWEEPS)/measures --quiet
	@$(ANALYSE) ranks $(SWEEPS)/measures --quiet
	@$(ANALYSE) robust $(SWEEPS)/measures --quiet
	@$(ANALYSE) ranks $(SWEEPS)/failure --quiet
	@$(ANALYSE) tornado $(SWEEPS)/failure --policy package --quiet
	@$(ANALYSE) discover $(SWEEPS)/failure --outcome against_calm --below 0 --policy package --quiet
	@$(BIN)/python tools/findings.py $(SWEEPS)

ROOMS := $(filter-out nqpf.cli,$(patsubst src/nqpf/%/__init__.py,nqpf.%,$(wildcard src/nqpf/*/__init__.py)))

docs: $(VENV)/.installed-for-tests
	@$(BIN)/python -W error -m pdoc --docformat numpy --output-directory build/docs nqpf $(ROOMS)
	@echo "==> Open build/docs/index.html"

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/.made
	@echo "==> Installing nqpf and what it needs (a few minutes the first time)"
	@$(PIP) --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-for-tests: pyproject.toml constraints.txt | $(VENV)/.made
	@echo "==> Installing nqpf and its test tools (a few minutes the first time)"
	@$(PIP) --no-build-isolation --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "nqpf needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	  echo "If a later one is installed, name it: make run PYTHON=python3.12"; exit 1; }
	@echo "==> Making the environment $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; \
	  exit 1; }
	@$(PIP) pip hatchling setuptools wheel
	@touch $@

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis dist build

# The pictures of the README, from the present model, in few colours so that they stay small.
PICTURES := gains.en projection.en sources.en stress.zh structure-08.en
pictures: $(VENV)/.installed
	@$(BIN)/nqpf run --quiet --out $(OUT)
	@$(BIN)/nqpf plot structure --quiet --out $(OUT)
	@$(BIN)/nqpf plot stress --lang zh --quiet --out $(OUT)
	@$(BIN)/python -c 'import sys; from PIL import Image; \
	  [Image.open(f"$(OUT)/charts/{name}.png").convert("RGB").quantize(96).save( \
	  f"docs/images/{name}.png", optimize=True) for name in sys.argv[1:]]' $(PICTURES)
