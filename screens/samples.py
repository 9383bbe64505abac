"""One of everything: prompts with made-up people, for the gallery (`python -m screens`), the documents and the layout tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from screens.hall import HallInfo
from screens.prompts import (
    Action,
    CheckCertificate,
    ChooseOne,
    EnterCode,
    Evaluate,
    Home,
    Identify,
    Notice,
    Offer,
    Option,
    OptionState,
    OutOfService,
    Printing,
    PrintStage,
    Prompt,
    RecordField,
    SlipState,
    SlotState,
    StageState,
    Step,
    StillThere,
    Take,
    Tone,
    Word,
    Working,
)
from screens.wording import Text, t, verbatim


def hall() -> HallInfo:
    """A hall where it is always 9:42."""
    return HallInfo("信阳市", "Xinyang", lambda: datetime(2026, 11, 24, 9, 42), "李敏", "Li Min", 3)  # noqa: DTZ001


_OFFERS = (
    Offer("progress", t("offer.progress.title"), t("offer.progress.hint"), "hourglass-medium"),
    Offer("guide", t("offer.guide.title"), t("offer.guide.hint"), "book-open"),
)
_PERSON = verbatim("张** 411521********4416")
_FLAT = Option(
    "flat",
    "house-line",
    verbatim("住宅"),
    (
        verbatim("信阳市浉河区湖东大道 88 号翡翠湾 6 号楼 2 单元 1101 室"),
        verbatim("建筑面积 118.36 平方米 · 单独所有"),
        verbatim("豫(2024)信阳市不动产权第0012345号"),
    ),
    chip=t("choose.printable"),
)
_PARKING = Option(
    "parking",
    "garage",
    verbatim("车位"),
    (
        verbatim("信阳市浉河区湖东大道 88 号翡翠湾地下一层 B1-217 号车位"),
        verbatim("建筑面积 32.40 平方米 · 单独所有"),
        verbatim("豫(2024)信阳市不动产权第0012346号"),
    ),
    chip=t("choose.printable"),
)


def _closed(availability: str, name: str, title: str) -> Option:
    state = OptionState.DONE if availability == "printed" else OptionState.CLOSED
    return Option(
        name,
        "certificate",
        verbatim(title),
        (verbatim("信阳市平桥区平桥大道 215 号 3 号楼 602 室"), verbatim("建筑面积 96.20 平方米")),
        state,
        t(f"refuse.{availability}.chip"),
        t(f"refuse.{availability}.why", counter="3"),
    )


def _field(name: str, masked: str, full: str | None = None) -> RecordField:
    return RecordField(t(f"check.field.{name}"), masked, full)


_FIELDS = (
    _field("holder", "张**", "张建国"),
    _field("number", "411521********4416", "411521197803154416"),
    _field("co_ownership", "单独所有"),
    _field("location", "信阳市浉河区湖东大道 88 号翡翠湾 6 号楼 2 单元 1101 室"),
    _field("unit_code", "411502 004009 GB00012 F00060045"),
    _field("right_type", "国有建设用地使用权 / 房屋所有权"),
    _field("purpose", "城镇住宅用地 / 住宅"),
    _field("area", "房屋建筑面积 118.36 平方米"),
    _field("term", "2018-06-12 起 2088-06-11 止"),
)


def _check(fields: tuple[RecordField, ...]) -> CheckCertificate:
    return CheckCertificate(
        t("check.title"),
        t("check.sub"),
        "不动产权证书",
        "豫(2024)信阳市不动产权第0012345号",
        fields,
        t("check.fee"),
        t("check.go"),
    )


def _printing() -> Printing:
    return Printing(
        t("print.title"),
        t("print.sub"),
        (
            PrintStage("shield-check", t("print.authorised"), t("print.authorised.hint"), StageState.DONE),
            PrintStage("printer", t("print.printing"), t("print.printing.hint"), StageState.RUNNING, 0.62),
            PrintStage("tray-arrow-down", t("print.printed"), t("print.printed.hint"), StageState.WAITING),
        ),
        t("print.safe"),
        19,
        45,
    )


def _notice(code: str, tone: Tone, *, done: bool = False, step: Step | None = None, leave: bool = False) -> Notice:
    values: dict[str, str | int | Text] = {
        "counter": "3",
        "case": "DZ1124-0037",
        "staff": "李敏",
        "staff_en": "Li Min",
        "min": 3,
    }
    return Notice(
        t(f"notice.{code}.title", **values),
        t(f"notice.{code}.safe", **values),
        t(f"notice.{code}.next", **values),
        (Action("home", t("action.understood"), "house"),),
        t(f"notice.{code}.done", **values) if done else None,
        "DZ1124-0037",
        tone,
        leave,
        step,
    )


def _guide(page: int) -> Notice:
    return Notice(
        t(f"guide.{page}.title"),
        t(f"guide.{page}.first"),
        t(f"guide.{page}.then"),
        (Action("next", t("action.next"), "arrow-right"),),
        tone=Tone.INFO,
    )


def _grades() -> Evaluate:
    words = tuple(Word(str(grade), t(f"eval.grade.{grade}"), grade) for grade in range(5, 0, -1))
    return Evaluate(t("eval.title"), t("eval.wiped"), t("eval.ask"), t("eval.hint"), words, t("eval.skip"))


def _reasons() -> Evaluate:
    words = tuple(Word(reason, t(f"eval.reason.{reason}")) for reason in ("slow", "hard", "machine"))
    return Evaluate(t("eval.sorry"), t("eval.sorry.sub"), t("eval.why"), t("eval.why.hint"), words, t("eval.why.skip"))


def samples() -> Mapping[str, Prompt[Any]]:
    """Name → prompt."""
    waiting = SlotState.WAITING
    return {
        "home": Home(_OFFERS),
        "home-alone": Home(()),
        "home-without-link": Home(_OFFERS[1:], state=t("home.alone.state"), sub=t("home.alone.sub")),
        "home-one": Home(_OFFERS[:1]),
        "home-four": Home((*_OFFERS, *(replace(offer, name=f"{offer.name}-too") for offer in _OFFERS))),
        "out-of-service": OutOfService(
            t("oos.reason.blanks"), t("oos.eta", time="10:30"), (t("oos.alternative.counter"),), _OFFERS
        ),
        "out-of-service-bare": OutOfService(t("oos.reason.unknown"), None, (t("oos.alternative.counter"),), _OFFERS[1:]),
        "identify": Identify(t("id.title"), t("id.sub")),
        "identify-photo": Identify(t("id.title"), t("id.sub"), privacy=t("id.privacy")),
        "identify-trouble": Identify(t("id.title"), t("id.sub"), trouble=t("trouble.card-lifted")),
        "identify-reading": Identify(t("id.title"), t("id.sub"), card=SlotState.READING),
        "identify-page": Identify(t("id.title"), t("id.sub.travel"), trouble=t("trouble.zone-needed")),
        "identify-code": Identify(
            t("id.second.code.title"),
            t("id.second.code.sub"),
            SlotState.DONE,
            waiting,
            person=_PERSON,
            other_way=t("id.other_way"),
        ),
        "identify-code-trouble": Identify(
            t("id.second.code.title"),
            t("id.second.code.sub"),
            SlotState.DONE,
            waiting,
            trouble=t("trouble.appointment-forged"),
            person=_PERSON,
            other_way=t("id.other_way"),
        ),
        "identify-card": Identify(
            t("id.second.card.title"),
            t("id.second.card.sub"),
            waiting,
            SlotState.DONE,
            person=_PERSON,
            other_way=t("id.other_way"),
        ),
        "keypad": EnterCode(t("otp.title"), t("otp.sub", phone="138****6721")),
        "keypad-wrong": EnterCode(
            t("otp.title"), t("otp.sub", phone="138****6721"), trouble=t("otp.wrong-code", left=4), resend_after_seconds=0
        ),
        "keypad-wait": EnterCode(
            t("otp.title"), t("otp.sub", phone="138****6721"), trouble=t("otp.too-fast"), wait_seconds=20, secret=True
        ),
        "choose": ChooseOne(
            t("choose.title"),
            (_FLAT, _PARKING),
            t("choose.go"),
            _PERSON,
            t("choose.missing", counter="3"),
            preselected="flat",
        ),
        "choose-many": ChooseOne(
            t("choose.title"),
            (
                _FLAT,
                _closed("printed", "old", "商业"),
                _closed("fee-unpaid", "due", "住宅"),
                _closed("frozen", "frozen", "其他"),
                _PARKING,
                _closed("other-collector", "other", "住宅"),
                _closed("authorised-elsewhere", "elsewhere", "住宅"),
            ),
            t("choose.go"),
            _PERSON,
            t("choose.missing", counter="3"),
        ),
        "choose-none": ChooseOne(
            t("choose.none.title"),
            (_closed("unfinished", "a", "住宅"), _closed("electronic-only", "b", "住宅"), _closed("counter-only", "c", "住宅")),
            None,
            _PERSON,
            t("choose.missing", counter="3"),
        ),
        "progress": ChooseOne(
            t("progress.title"),
            (
                Option(
                    "a",
                    "hourglass-medium",
                    verbatim("住宅"),
                    (verbatim("信阳市浉河区湖东大道 88 号"), t("progress.stage", stage="缮证")),
                    chip=t("choose.printable"),
                ),
            ),
            None,
            _PERSON,
            t("choose.missing", counter="3"),
            step=None,
        ),
        "check": _check(_FIELDS),
        "check-joint": _check(
            (
                _field("holder", "欧阳**、张**、𠮷*、[b]*", "欧阳建国、张𬭎、𠮷野、[b]王[/b]"),
                _field("number", "、".join(["411521********4416"] * 4), "、".join(["411521197803154416"] * 4)),
                _field("co_ownership", "按份共有：欧阳**40%、张**30%、𠮷*20%、[b]*10%"),
                *_FIELDS[3:],
            )
        ),
        "printing": _printing(),
        "printing-sheet": replace(_printing(), sheet=True),
        "working": Working(t("working.registry.title"), t("working.registry.sub"), step=Step.CHOOSE),
        "take": Take(t("take.title"), t("take.sub"), "41002186357", True, 52, 60),
        "take-sheet": Take(t("take.title"), t("take.sub"), "41002186357", True, 52, 60, sheet=True),
        "take-slip": Take(t("take.title"), t("take.sub"), "41002186357", True, 52, 60, SlipState.OFFERED),
        "take-slip-out": Take(t("take.title"), t("take.sub"), "41002186357", False, 41, 60, SlipState.OUT),
        "take-late": Take(t("take.title"), t("take.sub"), "41002186357", False, 9, 60),
        "evaluate": _grades(),
        "evaluate-why": _reasons(),
        "still-there": StillThere(30),
        "fault": _notice("jam", Tone.WARN, done=True, step=Step.PRINT),
        "fault-unknown": _notice("unknown", Tone.WARN, done=True, step=Step.PRINT),
        "fault-slip": replace(_notice("jam", Tone.WARN, done=True, step=Step.PRINT), slip=True),
        "refused": _notice("untrusted", Tone.REFUSED, done=True, step=Step.CHOOSE),
        "refused-person": _notice("other-person", Tone.REFUSED, step=Step.VERIFY),
        "nothing": _notice("nothing", Tone.INFO, step=Step.CHOOSE),
        "no-link": _notice("net", Tone.WARN, step=Step.VERIFY),
        "done": _notice("done", Tone.OK, step=Step.COLLECT),
        "guide": _guide(1),
        "guide-2": _guide(2),
        "guide-3": _guide(3),
    }


UNDER_SHEET = "choose"
"""The sample that lies under a sheet."""
