"""Made-up people and their cases: every rule of the registration core, every kind of certificate, every awkward name.

All numbers carry right check digits and belong to nobody; addresses are invented. `PEOPLE` is in the order in which a visitor
of the demo should meet them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from kiosk.platform.types import Availability
from kiosk.registration.numbers import organisation_check, resident_check


@dataclass(frozen=True, slots=True)
class Case:
    """One case at the registry. `content` holds the certificate's fields; `flaw` makes the signed record wrong on purpose.

    `flaw`: "" | "tampered" | "revoked-signer" | "expired-signer" | "unknown-signer" | "other-certificate".
    """

    certificate_id: str
    kind: str
    number: str
    usage: str
    content: dict[str, Any]
    availability: Availability = Availability.READY
    stage: str = "缮证"
    version: int = 1
    registered_on: date = date(2024, 6, 18)
    collector: tuple[str, str] | None = None
    drawings: bool = False
    flaw: str = ""
    edition: str = "single"

    @property
    def location(self) -> str:
        return str(self.content["location"])

    @property
    def area(self) -> str:
        return str(self.content.get("area", ""))


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up citizen. `slug` names her in commands and reports, `about` says what she is for."""

    slug: str
    name: str
    number: str
    phone: str | None
    about: str
    cases: tuple[Case, ...] = ()
    sex: str = "1"
    appointment: bool = True
    also_numbers: tuple[str, ...] = field(default=())
    """Other document numbers whose cases she may collect (a company that she represents)."""
    travels: tuple[str, str] | None = None
    """Of somebody whose only document is a travel document: the name as its printed zone has it, and the issuing state."""


def resident(area: str, born: str, order: str) -> str:
    """A resident identity number with its check character."""
    return f"{area}{born}{order}{resident_check(f'{area}{born}{order}')}"


def organisation(first17: str) -> str:
    """A unified social credit code with its check character."""
    return first17 + organisation_check(first17)


def _title(
    order: int,
    holders: list[tuple[str, str]] | list[tuple[str, str, str]],
    location: str,
    *,
    unit: str | None = None,
    usage: str = "住宅",
    co_ownership: str = "单独所有",
    area: str = "房屋建筑面积 98.76 平方米",
    purpose: str = "城镇住宅用地 / 住宅",
    remarks: str = "",
    other: str = "",
    document: str = "身份证",
    **more: Any,
) -> Case:
    parties = [
        {"name": holder[0], "document": document, "number": holder[1], "share": holder[2] if len(holder) > 2 else None}
        for holder in holders
    ]
    number = f"豫(2024)信阳市不动产权第{order:07d}号"
    content = {
        "holders": parties,
        "co_ownership": co_ownership,
        "location": location,
        "unit_code": unit or f"411502004009GB00012F{order:08d}",
        "right_type": "国有建设用地使用权 / 房屋所有权",
        "right_nature": "出让 / 市场化商品房",
        "purpose": purpose,
        "area": area,
        "term": "2018-06-12 起 2088-06-11 止",
        "other": other
        or "专有建筑面积 82.10 平方米，分摊建筑面积 16.66 平方米；房屋结构：钢筋混凝土结构；总层数 18 层，所在层数 11 层；竣工时间 2018 年",
        "remarks": remarks,
    }
    return Case(f"cert-{order:07d}", "title", number, usage, content, **more)


def _proof(order: int, holder: tuple[str, str], obligor: tuple[str, str], location: str, **more: Any) -> Case:
    content = {
        "subject": "抵押权",
        "holders": [{"name": holder[0], "document": "统一社会信用代码", "number": holder[1], "share": None}],
        "obligors": [{"name": obligor[0], "document": "身份证", "number": obligor[1], "share": None}],
        "location": location,
        "unit_code": f"411502004009GB00012F{order:08d}",
        "other": "被担保主债权数额：68.00 万元；债务履行期限：2024-06-18 起 2044-06-17 止",
        "remarks": "",
    }
    return Case(f"proof-{order:07d}", "proof", f"豫(2024)信阳市不动产证明第{order:07d}号", "抵押", content, **more)


def _one(slug: str, name: str, born: str, order: str, about: str, location: str, serial: int, **more: Any) -> Person:
    """A person with one dwelling."""
    person_more = {key: more.pop(key) for key in ("phone", "appointment", "sex") if key in more}
    number = resident("411502", born, order)
    phone = person_more.pop("phone", f"139{serial:08d}")
    return Person(slug, name, number, phone, about, (_title(serial, [(name, number)], location, **more),), **person_more)


_BANK = ("中国建设银行股份有限公司信阳分行", organisation("91411500MA3X0B2K1"))
_COMPANY = ("信阳市浉河山水文化旅游发展有限公司", organisation("91411502MA45C8TQ9"))
_LONG_ADDRESS = (
    "河南省信阳市平桥区羊山新区新二十四大街与新七大道交叉口东北角信阳国际茶都与百花之声会展中心综合配套工程二期"
    "西区第十二号组团第一百零八幢附属商业裙房第三单元负一层至地上二层第A-1011、A-1012、A-1013号连通商铺及其专用设备间"
)
_LONG_REMARKS = "；".join(
    f"{index}、该不动产于二〇{10 + index}年经信阳市不动产登记中心办理第{index}次变更登记，变更内容为宗地界址点第{index}号坐标由实测成果替换原调查成果，"
    f"变更后面积以本证记载为准，原证书编号豫(20{10 + index})信阳市不动产权第00{index:05d}号收回注销"
    for index in range(1, 13)
)

_ZHANG = "411521197803154416"
_LI = resident("411503", "19850722", "032")
_WANG = resident("411502", "19541103", "214")
_SUN = resident("411524", "19620130", "151")
_MA = resident("411502", "19910909", "288")
_LONG_NAME = "阿卜杜勒艾则孜·买买提图尔荪·伊敏江"


def _people() -> tuple[Person, ...]:
    zhang = Person(
        "zhang-jianguo",
        "张建国",
        _ZHANG,
        "13837606721",
        "a dwelling and a parking space, both ready",
        (
            _title(
                12345,
                [("张建国", _ZHANG)],
                "信阳市浉河区湖东大道88号翡翠湾6号楼2单元1101室",
                unit="411502004009GB00012F00060045",
                area="房屋建筑面积 118.36 平方米",
                other="专有建筑面积 98.40 平方米，分摊建筑面积 19.96 平方米；房屋结构：钢筋混凝土结构；总层数 18 层，所在层数 11 层；竣工时间 2018 年",
                drawings=True,
            ),
            _title(
                12346,
                [("张建国", _ZHANG)],
                "信阳市浉河区湖东大道88号翡翠湾地下一层B1-217号",
                unit="411502004009GB00012F00990217",
                usage="车位",
                purpose="城镇住宅用地 / 车位",
                area="房屋建筑面积 32.40 平方米",
                other="专有建筑面积 24.30 平方米，分摊建筑面积 8.10 平方米；房屋结构：钢筋混凝土结构；地下一层；竣工时间 2018 年",
            ),
        ),
    )
    wang = _one(
        "wang-xiulan",
        "王秀兰",
        "19541103",
        "214",
        "seventy-two, one dwelling, no smartphone: card and one-time code",
        "信阳市浉河区东方红大道206号老干部家属院3号楼1单元201室",
        20101,
        sex="2",
        appointment=False,
    )
    joint = Person(
        "li-hua",
        "李华",
        _LI,
        "13782901122",
        "owned jointly with her husband (共同共有): one certificate, both names",
        (
            _title(
                20202,
                [("李华", _LI), ("赵国强", resident("411503", "19830304", "417"))],
                "信阳市平桥区平西大道17号锦绣江南12号楼1单元602室",
                co_ownership="共同共有",
            ),
        ),
        "2",
    )
    shares = Person(
        "sun-dali",
        "孙大力",
        _SUN,
        "13503971234",
        "three owners by shares (按份共有), he comes for his own certificate",
        (
            _title(
                20303,
                [
                    ("孙大力", _SUN, "50%"),
                    ("孙小梅", resident("411524", "19880816", "226"), "30%"),
                    ("孙志远", resident("411524", "19930125", "335"), "20%"),
                ],
                "信阳市商城县城关镇黄柏山路9号",
                co_ownership="按份共有",
                other="孙大力占 50%，孙小梅占 30%，孙志远占 20%；持证人：孙大力",
            ),
        ),
    )
    ma = Person(
        "ma-lin",
        "马琳",
        _MA,
        "13619871234",
        "collects (领证人) the certificate of her grandfather",
        (
            _title(
                20404,
                [("马德福", resident("411502", "19380201", "119"))],
                "信阳市浉河区民权路45号院2号楼103室",
                collector=("马琳", _MA),
            ),
        ),
        "2",
    )
    grandfather = Person(
        "ma-defu",
        "马德福",
        resident("411502", "19380201", "119"),
        "13619871235",
        "the holder whose certificate another person was named to collect: refused here",
        (replace(ma.cases[0], availability=Availability.OTHER_COLLECTOR),),
    )
    company = Person(
        "chen-zhiyuan",
        "陈致远",
        resident("411502", "19740517", "133"),
        "13937612345",
        "legal representative: the certificate of a company",
        (
            _title(
                20505,
                [_COMPANY],
                "信阳市羊山新区新五大道188号浉河文旅大厦1至6层",
                usage="商业",
                purpose="商务金融用地 / 办公",
                document="统一社会信用代码",
                area="房屋建筑面积 6210.55 平方米",
                collector=("陈致远", resident("411502", "19740517", "133")),
            ),
        ),
        also_numbers=(_COMPANY[1],),
    )
    mortgage = Person(
        "zhou-min",
        "周敏",
        resident("411502", "19900611", "246"),
        "13839799001",
        "a 登记证明 for a mortgage, named as its collector",
        (
            _proof(
                30001,
                _BANK,
                ("周敏", resident("411502", "19900611", "246")),
                "信阳市浉河区新华东路66号书香门第5号楼2单元903室",
                collector=("周敏", resident("411502", "19900611", "246")),
            ),
        ),
        "2",
    )
    bank_online = Person(
        "wu-jian",
        "吴健",
        resident("411502", "19860228", "359"),
        "13839799002",
        "a mortgage that the bank registered online: no paper",
        (
            _proof(
                30002,
                _BANK,
                ("吴健", resident("411502", "19860228", "359")),
                "信阳市平桥区前进路8号院1号楼401室",
                availability=Availability.ELECTRONIC_ONLY,
            ),
        ),
    )

    def refused(slug: str, name: str, born: str, order: str, why: Availability, stage: str, serial: int, about: str) -> Person:
        return _one(
            slug,
            name,
            born,
            order,
            about,
            f"信阳市浉河区胜利南路{serial % 100}号院{serial % 9 + 1}号楼{serial % 6 + 1}02室",
            serial,
            availability=why,
            stage=stage,
        )

    many = Person(
        "gao-fu",
        "高富",
        resident("411502", "19690808", "177"),
        "13707610000",
        "eight properties: more than one page of choices",
        tuple(
            _title(
                40000 + index,
                [("高富", resident("411502", "19690808", "177"))],
                f"信阳市羊山新区新六大街{index * 3}号中央公园{index}号楼1单元{index}01室",
                availability=Availability.PRINTED if index in (3, 6) else Availability.READY,
                stage="已发证" if index in (3, 6) else "缮证",
            )
            for index in range(1, 9)
        ),
    )

    return (
        zhang,
        wang,
        joint,
        shares,
        ma,
        grandfather,
        company,
        mortgage,
        bank_online,
        many,
        refused("liu-yang", "刘洋", "19950415", "118", Availability.UNFINISHED, "审核", 50101, "not finished yet"),
        refused("zhao-lei", "赵磊", "19810121", "213", Availability.FEE_UNPAID, "缮证", 50102, "fee unpaid"),
        refused("qian-jing", "钱静", "19790530", "328", Availability.COUNTER_ONLY, "缮证", 50103, "kept for counters"),
        refused("feng-tao", "冯涛", "19880202", "434", Availability.FROZEN, "缮证", 50104, "frozen by a court"),
        refused("chu-wei", "褚伟", "19920306", "559", Availability.PRINTED, "已发证", 50105, "printed already"),
        refused(
            "wei-na", "卫娜", "19970717", "665", Availability.ELECTRONIC_ONLY, "已发证", 50106, "chose the electronic certificate"
        ),
        _one(
            "rare-hong",
            "赵𬭎",
            "19900101",
            "117",
            "a rare character (U+2CB4E) in her name",
            "信阳市浉河区申城大道1号院1号楼101室",
            60101,
            sex="2",
        ),
        _one(
            "rare-ji",
            "𠮷田",
            "19800808",
            "126",
            "a character outside the basic plane (U+20BB7) as surname",
            "信阳市浉河区申城大道2号院2号楼202室",
            60102,
            sex="2",
        ),
        _one(
            "rare-sheng",
            "杨𪧶",
            "19751212",
            "131",
            "a character that Noto lacks (U+2A9F6)",
            "信阳市浉河区申城大道3号院3号楼303室",
            60103,
        ),
        _one(
            "rare-biang",
            "𰻞小面",
            "19990909",
            "145",
            "a character of extension G (U+30EDE)",
            "信阳市浉河区申城大道4号院4号楼404室",
            60104,
            sex="2",
        ),
        _one(
            "unprintable",
            "李\U00031353",
            "19830320",
            "153",
            "a character that no font here has: sent to a counter",
            "信阳市浉河区申城大道5号院5号楼505室",
            60105,
        ),
        _one(
            "private-use",
            "王\ue863",
            "19450212",
            "162",
            "a private-use character from an old system: refused, never guessed",
            "信阳市浉河区申城大道6号院6号楼606室",
            60106,
            sex="2",
        ),
        _one(
            "ouyang-xue",
            "欧阳雪",
            "19870623",
            "186",
            "a compound surname",
            "信阳市浉河区北京大街77号院4号楼1单元1502室",
            60107,
            sex="2",
        ),
        _one(
            "long-name",
            _LONG_NAME,
            "19820715",
            "194",
            "the longest kind of name, with middle dots",
            "信阳市平桥区震雷山路5号院2号楼301室",
            60108,
        ),
        _one(
            "markup",
            "陈[b]#$\\",
            "19840929",
            "209",
            "a name full of markup: printed literally",
            "信阳市浉河区[color=ff0000]路#1号$x$",
            60109,
            sex="2",
        ),
        _one(
            "long-address",
            "何静",
            "19760604",
            "221",
            "the longest address that the form allows",
            _LONG_ADDRESS,
            60110,
            sex="2",
            usage="商业",
            purpose="批发零售用地 / 商业服务",
        ),
        _one(
            "long-remarks",
            "吕明",
            "19710817",
            "238",
            "a 附记 that needs further pages",
            "信阳市浉河区三里店路33号院6号楼601室",
            60111,
            remarks=_LONG_REMARKS,
        ),
        Person("nothing", "施平", resident("411502", "20010401", "242"), "13603760001", "nothing at the registry"),
        _one(
            "no-phone",
            "孔德贤",
            "19390528",
            "256",
            "no phone on record and no appointment: the counter",
            "信阳市浉河区解放路118号院1号楼102室",
            60113,
            phone=None,
            appointment=False,
        ),
        _one(
            "tampered",
            "曹操心",
            "19890330",
            "261",
            "a record that was altered on the way",
            "信阳市浉河区工区路9号院3号楼502室",
            60114,
            flaw="tampered",
        ),
        _one(
            "revoked-signer",
            "严明",
            "19930713",
            "275",
            "a record whose signer was revoked",
            "信阳市浉河区工区路10号院3号楼502室",
            60115,
            flaw="revoked-signer",
        ),
        _one(
            "unknown-signer",
            "华安",
            "19680921",
            "283",
            "a record signed by somebody else",
            "信阳市浉河区工区路11号院3号楼502室",
            60116,
            flaw="unknown-signer",
        ),
        _one(
            "expired-signer",
            "金鑫",
            "19770414",
            "290",
            "a record whose signer's certificate has expired",
            "信阳市浉河区工区路12号院3号楼502室",
            60117,
            flaw="expired-signer",
        ),
        _one(
            "other-record",
            "魏然",
            "19850107",
            "302",
            "a valid record of another certificate in its place",
            "信阳市浉河区工区路13号院3号楼502室",
            60118,
            flaw="other-certificate",
        ),
        _booklet(),
    )


def _booklet() -> Person:
    number = resident("411502", "19820219", "339")
    parking = {
        "location": "信阳市浉河区湖东大道90号翡翠湾地下一层B1-031号",
        "unit_code": "411502004009GB00012F00990031",
        "right_type": "国有建设用地使用权 / 房屋所有权",
        "right_nature": "出让 / 市场化商品房",
        "purpose": "城镇住宅用地 / 车位",
        "area": "房屋建筑面积 32.40 平方米",
        "term": "2018-06-12 起 2088-06-11 止",
        "other": "地下一层",
    }
    case = _title(60201, [("罗文斌", number)], "信阳市浉河区湖东大道90号翡翠湾9号楼1单元702室", edition="booklet")
    case.content["further_units"] = [parking]
    return Person(
        "luo-wenbin", "罗文斌", number, "13937600201", "a dwelling and a parking space in one booklet (集成版)", (case,)
    )


def made_up(count: int) -> tuple[Person, ...]:
    """As many citizens with one dwelling each as are wanted; not in `PEOPLE`."""
    return tuple(
        _one(
            f"citizen-{index:04}",
            f"王{chr(0x4E00 + index % 1000)}",
            f"19{50 + index % 50}{index % 12 + 1:02}{index % 28 + 1:02}",
            f"{index % 1000:03}",
            "one of a day's visitors",
            f"信阳市浉河区申城大道{index}号院{index % 9 + 1}号楼{index % 6 + 1}02室",
            700000 + index,
        )
        for index in range(1, count + 1)
    )


def _travellers() -> tuple[Person, ...]:
    return (
        Person(
            "chan-tai-man",
            "陳大文",
            "H12345678",
            "13939701001",
            "has a travel permit (回乡证) for his only document: its page is scanned, its chip read",
            (
                _title(
                    50001,
                    [("陳大文", "H12345678")],
                    "信阳市羊山新区新七大街66号湖畔雅居9号楼2单元1502室",
                    document="港澳居民来往内地通行证",
                ),
            ),
            travels=("CHAN<<TAI<MAN", "CHN"),
        ),
        Person(
            "anna-eriksson",
            "ERIKSSON ANNA MARIA",
            "L898902C3",
            "13939701002",
            "has a foreign passport",
            (
                _title(
                    50002,
                    [("Eriksson Anna Maria", "L898902C3")],
                    "信阳市鸡公山管理区南街12号别墅3号",
                    document="护照",
                ),
            ),
            "2",
            travels=("ERIKSSON<<ANNA<MARIA", "UTO"),
        ),
    )


PEOPLE: tuple[Person, ...] = _people()
TRAVELLERS: tuple[Person, ...] = _travellers()
"""People who come to terminals that read travel documents only."""
BY_SLUG: dict[str, Person] = {person.slug: person for person in (*PEOPLE, *TRAVELLERS)}
