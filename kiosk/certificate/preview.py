"""The masked copy of a record, from which the citizen's preview is typeset by the same templates.

Names and numbers of all parties are masked wherever they occur, in free text too; so is anything that looks like a resident
number or a telephone number. A star takes the width of what it hides, so that lines break where they will on paper.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from kiosk.registration.masking import mask_name, mask_number, mask_phone
from kiosk.registration.record import Party, ProofContent, Registration, TitleContent, Unit

Content = TypeVar("Content", TitleContent, ProofContent, Unit)

_RESIDENT = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])", re.ASCII)
_PHONE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])", re.ASCII)
_WIDE = 0x2E80
"""From here on characters are as wide as they are high."""


def masked(registration: Registration) -> Registration:
    """A copy that may be seen by whoever stands behind: no name, no number in full, no code, no drawings."""
    parties = [*registration.holders, *(registration.proof.obligors if registration.proof else ())]
    if registration.collector:
        parties.append(registration.collector)
    hide = _hider(parties)
    return registration.model_copy(
        update={
            "title": None if registration.title is None else _masked(registration.title, hide),
            "proof": None if registration.proof is None else _masked(registration.proof, hide),
            "collector": None,
            "code": b"",
            "drawings": (),
        }
    )


def _masked(content: Content, hide: Callable[[str], str]) -> Content:
    update: dict[str, object] = {}
    for name in type(content).model_fields:
        value: object = getattr(content, name)
        if isinstance(value, str) and name != "unit_code":
            update[name] = hide(value)
        elif name in ("holders", "obligors"):
            update[name] = tuple(_masked_party(party, hide) for party in getattr(content, name))
        elif name == "further_units":
            update[name] = tuple(_masked(unit, hide) for unit in getattr(content, name))
    return content.model_copy(update=update)


def _masked_party(party: Party, hide: Callable[[str], str]) -> Party:
    share = None if party.share is None else hide(party.share)
    return party.model_copy(
        update={
            "name": _wide_stars(party.name),
            "number": mask_number(party.number),
            "document": hide(party.document),
            "share": share,
        }
    )


def _hider(parties: list[Party]) -> Callable[[str], str]:
    masks = {party.name: _wide_stars(party.name) for party in parties if len(party.name) > 1}
    masks |= {party.number: mask_number(party.number) for party in parties if len(party.number) > 3}
    # Longest first: one person's name may be part of another's.
    known = re.compile("|".join(re.escape(secret) for secret in sorted(masks, key=len, reverse=True)) or r"(?!)")
    # Python keeps patterns that it has compiled; this one is made of names and numbers.
    re.purge()

    def hide(text: str) -> str:
        text = known.sub(lambda found: masks[found[0]], text)
        text = _RESIDENT.sub(lambda found: mask_number(found[0]), text)
        return _PHONE.sub(lambda found: mask_phone(found[0]), text)

    return hide


def _wide_stars(name: str) -> str:
    return "".join("＊" if star == "*" and ord(char) >= _WIDE else star for char, star in zip(name, mask_name(name), strict=True))
