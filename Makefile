# make demo     the whole hall on this machine: window where there is a display, a scripted citizen where there is none
# make test     everything CI runs (ARGS=--whole: also what repeats in more combinations)
# make bench    the benchmark table in docs/performance.md
# make faults   fault runs with real processes: every trouble at every named state (ARGS="--seeds 224-999" for random instants)
# make deb      Debian packages of terminal and sandbox in build/deb; make deb-test tries them in a clean root (as root, minutes)
# make machine-test  the package in a Debian 12 that boots under QEMU: doctor, unplugging, hanging, printing, power cuts (as root, two hours)
# make alerts   the tests of the Prometheus alerts, with promtool (Debian package prometheus)
# make deaths   pcscd and cupsd die in every way, every device is unplugged: how fast each is back
# make robot    2,000 visits by a robot in one process: memory, threads, files, textures, frames (ARGS="--visits 180": each kind in each setting)
# make day      500 visits at one terminal with faults at random; then its account against the devices' own
# Each target does its own set-up on a bare Debian 12 machine (root or sudo).
.PHONY: demo test check unit bench faults deb deb-test machine-test alerts deaths day robot setup clean
VENV := .venv/bin
# Half as many again as there are cores: every third moment a test waits for a device.
WORKERS := $(shell echo $$(( $$(nproc) * 3 / 2 )))

demo: setup
	$(VENV)/kiosk demo $(ARGS)

test: setup check
	$(VENV)/coverage erase
	$(VENV)/pytest --numprocesses=$(WORKERS) --dist=loadgroup --cov --cov-report=term:skip-covered $(ARGS)

check: setup
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/lint-imports
	$(VENV)/pyright

bench: setup
	$(VENV)/python -m benchmarks $(ARGS)

faults: setup
	$(VENV)/python -m sandbox.faults $(ARGS)
	$(VENV)/python -m sandbox.faults --stock --seeds 0-49

deb: setup
	$(VENV)/python deploy/debian/build.py $(if $(filter deb,$(MAKECMDGOALS)),$(ARGS))

deb-test: deb
	@command -v debootstrap >/dev/null || { echo "debootstrap is not installed: apt-get install debootstrap" >&2; exit 1; }
	deploy/debian/try-install

machine-test: deb
	@deploy/setup deploy/machine-packages.txt
	$(VENV)/python -m sandbox.machine $(ARGS)

alerts:
	@command -v promtool >/dev/null || { echo "promtool is not installed: apt-get install prometheus" >&2; exit 1; }
	promtool test rules deploy/prometheus/dazheng.rules.test.yml

robot: setup
	$(VENV)/python -m tests.window.robot $(ARGS)

deaths: setup
	$(VENV)/python -m benchmarks.deaths $(ARGS)
	$(VENV)/python -m benchmarks.unplugs

day: setup
	$(VENV)/python -m sandbox.day $(ARGS)

setup:
	@deploy/setup

clean:
	rm -rf build .pytest_cache .ruff_cache .hypothesis .coverage*
