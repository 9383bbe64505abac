# make demo     the whole hall on this machine: window where there is a display, a scripted citizen where there is none
# make test     everything CI runs
# make bench    the benchmark table in docs/performance.md
# Each target does its own set-up on a bare Debian 12 machine (root or sudo).
.PHONY: demo test check unit bench setup clean
VENV := .venv/bin

demo: setup
	$(VENV)/kiosk demo $(ARGS)

test: setup check
	$(VENV)/coverage erase
	$(VENV)/pytest --numprocesses=auto --dist=loadgroup --cov --cov-report=term:skip-covered $(ARGS)

check: setup
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports
	$(VENV)/pyright

bench: setup
	$(VENV)/python -m benchmarks $(ARGS)

setup:
	@deploy/setup

clean:
	rm -rf build .pytest_cache .ruff_cache .hypothesis .coverage*
