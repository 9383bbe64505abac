"""Which view draws which prompt."""

from __future__ import annotations

from typing import Any

from screens.prompts import (
    CheckCertificate,
    ChooseOne,
    EnterCode,
    Evaluate,
    Home,
    Identify,
    Notice,
    OutOfService,
    Printing,
    Prompt,
    StillThere,
    Take,
    Working,
)
from screens.staff_prompts import Cleaning, StaffBoard, StaffEntry, StaffList, StaffWait, TouchTest
from screens.views.check import CheckView
from screens.views.choose import ChooseView
from screens.views.enter_code import EnterCodeView
from screens.views.evaluate import EvaluateView
from screens.views.home import HomeView
from screens.views.identify import IdentifyView
from screens.views.notice import NoticeView
from screens.views.out_of_service import OutOfServiceView
from screens.views.printing import PrintingView
from screens.views.staff_board import StaffBoardView
from screens.views.staff_entry import StaffEntryView
from screens.views.staff_list import StaffListView
from screens.views.staff_wait import CleaningView, StaffWaitView, TouchTestView
from screens.views.still_there import StillThereView
from screens.views.take import TakeView
from screens.views.view import Acting, View
from screens.views.working import WorkingView

VIEWS: dict[type[Prompt[Any]], type[View[Any]]] = {
    Home: HomeView,
    OutOfService: OutOfServiceView,
    Identify: IdentifyView,
    EnterCode: EnterCodeView,
    ChooseOne: ChooseView,
    CheckCertificate: CheckView,
    Printing: PrintingView,
    Working: WorkingView,
    Take: TakeView,
    Evaluate: EvaluateView,
    StillThere: StillThereView,
    Notice: NoticeView,
    StaffEntry: StaffEntryView,
    StaffBoard: StaffBoardView,
    StaffList: StaffListView,
    StaffWait: StaffWaitView,
    Cleaning: CleaningView,
    TouchTest: TouchTestView,
}


def view_of(prompt: Prompt[Any], acting: Acting) -> View[Any]:
    """A fresh view of `prompt`. Raises `KeyError` for a prompt without one."""
    return VIEWS[type(prompt)](prompt, acting)
