"""A booklet of 张建国: his flat and, on a page of its own, each further unit."""

from __future__ import annotations

from typing import Any

from kiosk.registration.record import Edition, Party, Registration, Unit
from tests.certificate.records import title

PARKING = Unit(
    location="信阳市浉河区湖东大道88号翡翠湾地下一层B1-217号",
    unit_code="411502004009GB00012F00990217",
    right_type="国有建设用地使用权/房屋所有权",
    right_nature="出让/市场化商品房",
    purpose="城镇住宅用地/车位",
    area="房屋建筑面积32.40平方米",
    term="2018年06月12日起2088年06月11日止",
    other="地下一层",
)


def booklet(*holders: Party, units: tuple[Unit, ...] = (PARKING,), drawings: tuple[str, ...] = (), **fields: Any) -> Registration:
    sheet = title(*holders, drawings=drawings, **fields)
    assert sheet.title is not None
    content = sheet.title.model_copy(update={"further_units": units})
    return sheet.model_copy(update={"edition": Edition.BOOKLET, "title": content})
