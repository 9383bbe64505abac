"""The watchdog's judgement: look at every part, climb its ladder, give up when it ends, and tell terminal and staff.

`Care.round` is one round; it never blocks for long and may be called once a second for years. Times: `monotonic` for how long
something lasts, `wall` for what must be remembered across restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kiosk import events
from kiosk.watchdog.hands import Hands, NotNow
from kiosk.watchdog.health import Finding, Health
from kiosk.watchdog.ladder import FORGET_SECONDS, Act, Attempt, Exhausted, Remedy, Rung, next_step
from kiosk.watchdog.memory import Memory, MemoryUnwritable
from kiosk.watchdog.messages import Advice, Call, Complaint
from kiosk.watchdog.plan import Part
from kiosk.watchdog.supervisor import SupervisorFault

Applied = Callable[[str, Remedy, str], None]
"""Told of each remedy: part, remedy, "applied" or the fault's code."""


@dataclass(slots=True)
class Patient:
    """A part and how it is."""

    part: Part
    health: Health
    ill_since: float = 0.0
    told_ill: bool = False


@dataclass(slots=True)
class Care:
    """Everything that is looked after. `hold_back`: why no remedy is applied ("boot-loop"), "" when they are."""

    hands: Hands
    memory: Memory
    monotonic: Callable[[], float]
    wall: Callable[[], float]
    on_remedy: Applied = lambda part, remedy, result: None
    hold_back: str = ""
    patients: dict[str, Patient] = field(default_factory=dict[str, Patient])
    _unwritable: bool = False

    def look_after(self, part: Part) -> None:
        """Take `part` into care; nothing changes for one that is."""
        if part.name not in self.patients:
            self.patients[part.name] = Patient(part, Health(part.hysteresis, self.monotonic()))

    def round(self, findings: Mapping[str, Finding | None], *, quiet: bool) -> Advice:
        """One round over all parts. `findings` by part's name; one that is not in it was not looked at and stays as it is."""
        for name, patient in self.patients.items():
            if name in findings:
                self._look(patient, findings[name])
        for patient in self.patients.values():
            if patient.health.ill and not self._behind_ill(patient.part) and not patient.health.doubtful:
                self._treat(patient, quiet=quiet)
        return self._advice()

    def out_of_service(self, patient: Patient) -> bool:
        """Whether everything was tried for it in vain."""
        climb = self.memory.climb(patient.part.name)
        return patient.health.ill and climb is not None and climb.given_up is not None

    def _look(self, patient: Patient, finding: Finding | None) -> None:
        now = self.monotonic()
        patient.health.look(finding, now)
        if patient.health.ill and not patient.told_ill:
            patient.told_ill, patient.ill_since = True, now
            found = patient.health.finding or Finding("unknown")
            events.PART_ILL.tell(part=patient.part.name, symptom=found.symptom, detail=found.detail)
        elif not patient.health.ill and patient.told_ill:
            patient.told_ill = False
            events.PART_WELL.tell(part=patient.part.name, seconds=round(now - patient.ill_since))
        if patient.health.well_for(now) > FORGET_SECONDS and self.memory.forget(patient.part.name):
            self._keep()

    def _behind_ill(self, part: Part) -> bool:
        return bool(part.behind) and part.behind in self.patients and self.patients[part.behind].health.ill

    def _treat(self, patient: Patient, *, quiet: bool) -> None:
        part, now = patient.part, self.wall()
        finding = patient.health.finding or Finding("unknown")
        climb = self.memory.began(part.name, now)
        ladder = () if self.hold_back else part.ladder(finding.symptom)
        step = next_step(ladder, part.name, climb.began, self.memory.attempts, now, quiet=quiet)
        match step:
            case Act(rung):
                self._apply(part.name, rung, finding)
            case Exhausted() if not climb.ended:
                climb.given_up = now
                climb.called = climb.called or part.calls_staff
                self._keep()
                events.OUT_OF_SERVICE.tell(part=part.name, symptom=finding.symptom, detail=finding.detail)
            case _:
                return

    def _apply(self, part: str, rung: Rung, finding: Finding) -> None:
        if self.hands.issuing or (
            rung.remedy in (Remedy.KILL_TERMINAL, Remedy.RESTART_TERMINAL) and self.hands.in_other_hands(rung.target)
        ):
            return
        # Counted before it is done, on disk: a remedy that takes us down with it has been tried all the same.
        self.memory.count(Attempt(part, rung.remedy, rung.target, self.wall()))
        if not self._keep():
            return
        try:
            self.hands.apply(rung)
        except NotNow:
            return
        except SupervisorFault as fault:
            events.REMEDY_FAILED.tell(part=part, remedy=rung.remedy, target=rung.target, code=fault.code)
            self.on_remedy(part, rung.remedy, fault.code)
            return
        events.REMEDY_APPLIED.tell(part=part, remedy=rung.remedy, target=rung.target, symptom=finding.symptom)
        self.on_remedy(part, rung.remedy, "applied")

    def _keep(self) -> bool:
        try:
            self.memory.keep(self.wall())
        except MemoryUnwritable as fault:
            if not self._unwritable:
                events.MEMORY_UNWRITABLE.tell(detail=str(fault))
            self._unwritable = True
            return False
        self._unwritable = False
        return True

    def _advice(self) -> Advice:
        complaints: list[Complaint] = []
        calls: list[Call] = []
        for patient in self.patients.values():
            if not self.out_of_service(patient):
                continue
            name, finding = patient.part.name, patient.health.finding or Finding("unknown")
            complaints.append(
                Complaint(part=name, obstacle=patient.part.obstacle, symptom=finding.symptom, detail=finding.detail)
            )
            climb = self.memory.climb(name)
            if climb is not None and climb.called:
                calls.append(Call(key=f"{name}-{climb.first:.0f}", part=name, symptom=finding.symptom))
        return Advice(complaints=tuple(complaints), calls=tuple(calls))
