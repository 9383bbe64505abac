"""As many made-up citizens as there are runs: one each, with one certificate that is ready."""

from __future__ import annotations

from dataclasses import replace

from sandbox.people import BY_SLUG, Person, resident


def citizen(index: int) -> Person:
    """The citizen of run `index`."""
    pattern = BY_SLUG["wang-xiulan"]
    case = pattern.cases[0]
    born = 1950 + index // 900
    number = resident("411502", f"{born}0615", f"{index % 900 + 100:03}")
    name = "王" + chr(0x4E00 + index % 500)
    content = {**case.content, "holders": [{**case.content["holders"][0], "name": name, "number": number}]}
    mine = replace(case, certificate_id=f"cert-9{index:06}", number=f"豫(2024)信阳市不动产权第9{index:06}号", content=content)
    return Person(f"citizen-{index}", name, number, None, "one of many", (mine,))
