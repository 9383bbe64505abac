"""What the screens say about the place where the terminal stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from screens.wording import Language, Text, t


@dataclass(frozen=True, slots=True)
class HallInfo:
    """`city` and `city_en` name the hall's city; `clock` gives local time; `staff` who comes when somebody calls, if known."""

    city: str
    city_en: str
    clock: Callable[[], datetime]
    staff: str = ""
    staff_en: str = ""
    staff_minutes: int = 0

    def name(self) -> Text:
        return t("app.name", city=self.city, city_en=self.city_en)

    def day(self) -> Text:
        """Today, as one says it: 11月24日 星期二, Tue 24 Nov."""
        today = self.clock()
        return t("date.day", day=today.day, month=t(f"date.month.{today.month}"), weekday=t(f"date.weekday.{today.isoweekday()}"))

    def time(self) -> str:
        return self.clock().strftime("%H:%M")

    def called(self) -> Text:
        """What the sheet says after Help was pressed."""
        if self.staff and self.staff_minutes:
            return t("help.called", staff=self.staff, staff_en=self.staff_en, min=self.staff_minutes)
        return t("help.called.somebody")


def other(language: Language) -> Language:
    """The language that is not spoken now."""
    return Language.EN if language is Language.ZH else Language.ZH
