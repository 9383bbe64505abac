"""How a part is, judged from single looks: one bad look makes nobody ill, and one good look nobody well."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found wrong. `symptom` is a stable word of the device's vocabulary; `detail` one sentence for staff."""

    symptom: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """Seconds without a good look until a part is ill, and without a bad one until it is well again."""

    ill_after: float = 2.0
    well_after: float = 3.0


class Health:
    """One part's health, from the looks at it. Times are seconds of one monotonic clock."""

    def __init__(self, hysteresis: Hysteresis, now: float) -> None:
        self._hysteresis = hysteresis
        self._looked_good: bool = True
        self._turned = now
        self._well_since = now
        self.ill: bool = False
        self.finding: Finding | None = None
        """What the newest bad look found; None when it is well."""

    def look(self, finding: Finding | None, now: float) -> None:
        """Take in one look; None is a good one."""
        good = finding is None
        if good != self._looked_good:
            self._looked_good, self._turned = good, now
        lasted = now - self._turned
        if finding is not None:
            self.finding = finding
            self.ill = self.ill or lasted >= self._hysteresis.ill_after
        elif not self.ill:
            self.finding = None
        elif lasted >= self._hysteresis.well_after:
            self.ill = False
            self.finding = None
            self._well_since = now

    @property
    def doubtful(self) -> bool:
        """Whether the newest look says other than what it is taken for: nothing is done to a part that may just be coming back."""
        return self._looked_good is self.ill

    def well_for(self, now: float) -> float:
        """Seconds for which it has been well; 0 while it is ill."""
        return 0.0 if self.ill else now - self._well_since
