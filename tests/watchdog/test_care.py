"""What the watchdog does about an ill part, in which order, how often, and when it does nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.watchdog import plan
from kiosk.watchdog.health import Finding, Health, Hysteresis
from kiosk.watchdog.ladder import Act, Attempt, Exhausted, Remedy, Rung, next_step
from kiosk.watchdog.memory import Memory
from kiosk.watchdog.messages import DeviceWord
from tests.watchdog.conftest import MORNING, MakeWard

PLAN = plan.Plan({"card-reader": "1-1.4", "code-scanner": "1-1.2", "printer": "1-1.1"})
PARTS = PLAN.standing()
READERS, PRINTING, TERMINAL = PARTS[:3]
SCANNER, PRINTER = PLAN.device("code-scanner"), PLAN.device("printer")
DOWN = Finding("reader-service-down", "pcscd does not answer")


def test_one_bad_look_makes_nobody_ill_and_one_good_look_nobody_well() -> None:
    health = Health(Hysteresis(ill_after=2, well_after=3), 0.0)
    for second, (bad, ill) in enumerate([(1, 0), (0, 0), (1, 0), (1, 0), (1, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (0, 0)]):
        health.look(DOWN if bad else None, float(second))
        assert health.ill == bool(ill), second


def test_a_dead_service_is_restarted_and_the_part_is_well_again(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    ward.hands.mends = lambda _: ward.ill.update({READERS.name: None})
    ward.ill[READERS.name] = DOWN
    ward.passes(60)
    assert ward.hands.acts == [(Remedy.RESTART_SERVICE, "pcscd.service")]
    assert not ward.care.patients[READERS.name].health.ill
    assert ward.advice.complaints == ()


def test_what_does_not_help_is_followed_by_the_next_rung_and_the_last_by_staff(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    ward.ill[READERS.name] = DOWN
    ward.passes(120)
    assert ward.tried == ["restart-service", "restart-service", "clear-sockets"]
    (complaint,) = ward.advice.complaints
    assert (complaint.part, complaint.obstacle, complaint.symptom) == ("reader-service", "reader", "reader-service-down")
    (call,) = ward.advice.calls
    ward.passes(60)
    assert ward.advice.calls == (call,), "the same call, however often it is said"


def test_an_unplugged_reader_ends_at_its_usb_port(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    ward.ill[READERS.name] = Finding("reader-gone")
    ward.passes(60)
    assert ward.hands.acts == [(Remedy.RESTART_SERVICE, "pcscd.service"), (Remedy.POWER_CYCLE, "dazheng-usb@1-1.4.service")]


def test_a_day_out_of_order_never_loops_and_the_morning_finds_it_tried_again(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    ward.ill[READERS.name] = DOWN
    ward.passes(60)
    ward.passes(24 * 3600, every=15)
    assert 3 * 40 <= len(ward.tried) <= 3 * 49, "one climb in half an hour"
    assert ward.advice.calls[0].key == f"reader-service-{MORNING + 3:.0f}"
    ward.hands.mends = lambda _: ward.ill.update({READERS.name: None})
    ward.passes(3600)
    assert ward.advice.complaints == ()


def test_budgets_are_remembered_when_the_watchdog_is_started_anew(make_ward: MakeWard) -> None:
    ward = make_ward(TERMINAL)
    ward.ill[TERMINAL.name] = Finding("silent")
    for _ in range(7):
        ward.passes(100)
        ward.start()
    assert 3 <= len(ward.tried) <= 5, "five in an hour at most, by whomever"


def test_a_part_that_flaps_goes_on_where_it_was(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    for _ in range(3):
        ward.ill[READERS.name] = DOWN
        ward.passes(12)
        ward.ill[READERS.name] = None
        ward.passes(30)
    assert ward.tried == ["restart-service", "restart-service", "clear-sockets"]
    ward.passes(70)
    ward.ill[READERS.name] = DOWN
    ward.passes(5)
    assert ward.tried[-1] == "restart-service", "well for a minute: from the first rung"


def test_nothing_is_touched_while_a_certificate_is_printed(make_ward: MakeWard) -> None:
    ward = make_ward(*PARTS)
    ward.hands.issuing = True
    for name in ward.ill:
        ward.ill[name] = Finding("silent")
    ward.ill[READERS.name] = DOWN
    ward.passes(600)
    assert ward.tried == []
    ward.hands.issuing = False
    ward.passes(2)
    assert "kill-terminal" in ward.tried
    assert "restart-service" in ward.tried


def test_printing_that_begins_between_look_and_act_stays_undisturbed(make_ward: MakeWard) -> None:
    ward = make_ward(TERMINAL)
    ward.hands.begins_to_issue = True
    ward.ill[TERMINAL.name] = Finding("silent")
    ward.passes(30)
    assert ward.tried == []


def test_a_device_that_needs_the_terminal_restarted_waits_until_nobody_is_served(make_ward: MakeWard) -> None:
    ward = make_ward(SCANNER)
    ward.ill[SCANNER.name] = Finding("camera-gone")
    ward.quiet = False
    ward.passes(300)
    assert ward.tried == ["reopen", "power-cycle"]
    ward.quiet = True
    ward.passes(2)
    assert ward.tried == ["reopen", "power-cycle", "restart-terminal"]


def test_an_empty_bin_is_for_staff_not_for_a_restart(make_ward: MakeWard) -> None:
    ward = make_ward(PRINTER)
    ward.ill[PRINTER.name] = Finding("media-empty", "the bin of blanks is empty")
    ward.passes(60)
    assert ward.tried == []
    assert [call.symptom for call in ward.advice.calls] == ["media-empty"]


def test_a_device_behind_a_dead_service_is_left_alone(make_ward: MakeWard) -> None:
    ward = make_ward(PRINTING, PRINTER)
    ward.ill |= {PRINTING.name: Finding("print-service-down"), PRINTER.name: Finding("offline")}
    ward.passes(300)
    assert set(ward.tried) == {"restart-service", "clear-sockets"}


def test_a_terminal_that_somebody_stopped_is_not_started(make_ward: MakeWard) -> None:
    ward = make_ward(TERMINAL)
    ward.hands.elsewhere = {"kiosk.service"}
    ward.ill[TERMINAL.name] = Finding("silent")
    ward.passes(300)
    assert ward.tried == []


def test_what_systemd_refuses_counts_as_tried(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    ward.hands.refuses = True
    told: list[str] = []
    ward.care.on_remedy = lambda part, remedy, result: told.append(f"{remedy} {result}")
    ward.ill[READERS.name] = DOWN
    ward.passes(120)
    assert told == ["restart-service refused"] * 2 + ["clear-sockets refused"]
    assert ward.advice.complaints


def test_without_a_state_file_no_remedy_is_applied(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    ward.state.unlink()
    ward.state.mkdir()
    ward.ill[READERS.name] = DOWN
    ward.passes(60)
    assert ward.tried == [], "what cannot be counted could loop"


def test_in_a_boot_loop_it_looks_and_calls_staff_and_touches_nothing(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    for boot in range(5):
        ward.passes(60)
        ward.start(f"boot-{boot + 2}")
    assert ward.care.hold_back == "boot-loop"
    ward.ill[READERS.name] = DOWN
    ward.passes(60)
    assert ward.tried == []
    assert ward.advice.calls
    ward.ill[READERS.name] = None
    ward.passes(2000)
    ward.start("boot-9")
    assert ward.care.hold_back == ""


def test_a_watchdog_that_crashes_over_and_over_holds_back_too(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    for _ in range(9):
        ward.start()
    assert ward.care.hold_back == "start-loop"


def test_a_clock_that_is_put_back_stops_no_remedy(make_ward: MakeWard) -> None:
    ward = make_ward(READERS)
    ward.ill[READERS.name] = DOWN
    ward.passes(5)
    ward.now -= 86_400
    ward.start()
    ward.passes(60)
    assert ward.tried == ["restart-service", "restart-service", "clear-sockets"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"attempts": 3}', b"\xff" * 50])
def test_a_damaged_state_file_is_said_and_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(content)
    memory = Memory(path, MORNING)
    assert memory.damaged
    assert memory.attempts == []
    memory.keep(MORNING)
    assert not Memory(path, MORNING).damaged


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 7200)), max_size=40),
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 60), st.integers(1, 5)), min_size=1, max_size=4),
)
def test_no_history_makes_a_rung_exceed_its_tries_or_its_budget(
    past: list[tuple[int, float]], rungs: list[tuple[int, int, int]]
) -> None:
    ladder = tuple(
        Rung(Remedy.RESTART_SERVICE, f"unit-{at}", tries, float(wait), budget, 3600.0)
        for at, (tries, wait, budget) in enumerate(rungs)
    )
    attempts = [Attempt("part", Remedy.RESTART_SERVICE, f"unit-{unit}", MORNING + at) for unit, at in past]
    now = MORNING + 7200
    for _ in range(200):
        step = next_step(ladder, "part", MORNING, attempts, now, quiet=True)
        if isinstance(step, Exhausted):
            break
        if isinstance(step, Act):
            same = [one for one in attempts if one.target == step.rung.target]
            assert len(same) < step.rung.tries
            assert sum(now - one.at < 3600 for one in same) < step.rung.budget
            attempts.append(Attempt("part", step.rung.remedy, step.rung.target, now))
        now += 5
    else:
        raise AssertionError("it never ended")


def test_a_device_is_judged_by_its_drivers_word() -> None:
    assert plan.symptom_of(DeviceWord(name="printer", state="busy")) is None
    assert plan.symptom_of(DeviceWord(name="printer", state="offline", reasons=("print-service-down",))) is None
    assert plan.symptom_of(DeviceWord(name="printer", state="hardware-error", reasons=("media-jam",))) == "media-jam"
    assert plan.symptom_of(DeviceWord(name="ups", state="no-device")) == "no-device"
    assert plan.symptom_of(DeviceWord(name="door", state="user-error", reasons=("door-open",))) is None
    assert {rung.remedy for rung in PLAN.device("ups").ladder("ups-silent")} == {Remedy.REOPEN}
    assert {rung.remedy for rung in PLAN.device("receipt-printer").ladder("printer-gone")} == {Remedy.REOPEN}
    assert PLAN.device("door").ladder("contact-gone") == ()
    turner = PLAN.device("page-turner")
    assert (turner.obstacle, turner.ladder("effect-unknown"), turner.ladder("media-jam")) == ("printer", (), ())
    assert turner.ladder("turner-silent")


def test_of_two_readers_one_may_be_broken() -> None:
    two = plan.Plan(pcsc=("card-reader-2",), readers=2)
    assert {part.obstacle for part in (*two.standing(), two.device("card-reader"))} == {"", "printer", "store", "clock"}
    assert two.device("card-reader").behind == ""
    assert two.device("card-reader-2").behind == plan.READER_SERVICE
    assert plan.READER_SERVICE not in {part.name for part in plan.Plan(pcsc=()).standing()}
