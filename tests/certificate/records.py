"""Registrations of made-up people for the printed page. Numbers belong to nobody."""

from __future__ import annotations

from datetime import date
from typing import Any

from kiosk.registration.record import CertificateKind, Party, ProofContent, Registration, TitleContent

SEAL = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 42 42"><circle cx="21" cy="21" r="19" fill="none" stroke="#c00" stroke-width="2"/></svg>'
PARCEL = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><title>宗地图</title>'
    '<path d="M10 10h180v80h-180z" fill="none" stroke="#000"/><text x="20" y="50" font-size="10">湖东大道</text></svg>'
)
CODE = bytes(range(256)) + bytes(range(62))
SERIAL = "41002186357"


def party(name: str, number: str = "411521197803154416", share: str | None = None, document: str = "身份证") -> Party:
    return Party(name=name, document=document, number=number, share=share)


def title(*holders: Party, drawings: tuple[str, ...] = (), seal: str = SEAL, code: bytes = CODE, **fields: Any) -> Registration:
    """A dwelling of 张建国, unless said otherwise."""
    said: dict[str, Any] = {
        "co_ownership": "单独所有",
        "location": "信阳市浉河区湖东大道88号翡翠湾6号楼2单元1101室",
        "unit_code": "411502004009GB00012F00060045",
        "right_type": "国有建设用地使用权/房屋所有权",
        "right_nature": "出让/市场化商品房",
        "purpose": "城镇住宅用地/成套住宅",
        "area": "房屋建筑面积118.36平方米",
        "term": "2018年06月12日起2088年06月11日止",
        "other": "房屋结构：钢筋混凝土结构",
        "remarks": "无。",
    }
    content = TitleContent(holders=holders or (party("张建国"),), **(said | fields))
    return Registration(
        certificate_id="cert-1",
        version=1,
        kind=CertificateKind.TITLE,
        number="豫(2024)信阳市不动产权第0012345号",
        registry="信阳市自然资源和规划局",
        registered_on=date(2024, 6, 18),
        title=content,
        code=code,
        seal=seal,
        drawings=drawings,
    )


def proof(**fields: Any) -> Registration:
    """A bank's mortgage on the dwelling of 周敏."""
    said: dict[str, Any] = {
        "subject": "抵押权",
        "holders": (party("中国建设银行股份有限公司信阳分行", "91411500MA3X0B2K16", document="统一社会信用代码"),),
        "obligors": (party("周敏", "411502199006112463"),),
        "location": "信阳市浉河区新华东路66号书香门第5号楼2单元903室",
        "unit_code": "411502004009GB00012F00030001",
        "other": "被担保主债权数额：68.00万元",
        "remarks": "无。",
    }
    return Registration(
        certificate_id="proof-1",
        version=1,
        kind=CertificateKind.PROOF,
        number="豫(2024)信阳市不动产证明第0030001号",
        registry="信阳市自然资源和规划局",
        registered_on=date(2024, 6, 18),
        proof=ProofContent(**(said | fields)),
        code=CODE,
        seal=SEAL,
    )
