"""Three answers in one shape: what happened, what is safe, what to do next (and what we did already)."""

from __future__ import annotations

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Row, Space
from screens.look import Look
from screens.prompts import Action, Notice, TextSize, Tone
from screens.theme import Colour
from screens.views.view import View
from screens.widgets.keys import Key, primary, secondary
from screens.widgets.surfaces import Orb, Rule, card
from screens.widgets.words import Words
from screens.wording import Text, t

_ICONS = {Tone.INFO: "info", Tone.OK: "check-circle", Tone.WARN: "warning", Tone.REFUSED: "shield-warning"}


class NoticeView(View[Notice]):
    """Answers the name of the pressed action."""

    def parts(self, look: Look) -> Parts:
        prompt, colour = self.prompt, look.colour
        # Where nothing went wrong, nobody needs to ask whether the certificate is safe.
        asked = "notice.question.info" if prompt.tone in (Tone.INFO, Tone.OK) else "notice.question"
        if guide := prompt.tone is Tone.INFO and prompt.case is None:
            # Nothing has happened at all: the guide.
            asked = "notice.question.guide"
        mark = ("list-bullets", colour.on_tint, colour.tint) if guide else ("shield-check", colour.ok, colour.ok_tint)
        rows: list[Box] = [self._answer(look, mark[0], f"{asked}.safe", prompt.safe, *mark[1:])]
        if prompt.done is not None:
            rows += [
                Rule(look),
                self._answer(look, "bell-ringing", "notice.question.done", prompt.done, colour.on_tint, colour.tint),
            ]
        ink, ground = self._tone(look)
        rows += [Rule(look), self._answer(look, "hand-pointing", f"{asked}.next", prompt.next, ink, ground)]
        over, under = (look.gap(40), 20) if not look.wide else (4, 8)
        told = card(look, rows, pad=(48, look.gap(22), 48, look.gap(22)))
        body = Column(look, [Space(look, over), told, Space(look, under, grow=1.0)])
        first, *others = prompt.actions
        actions = Actions(
            primary=primary(look, f"action-{first.name}", first.label, lambda: self.acting.answer(first.name), icon=first.icon),
            others=[self._other(look, action) for action in others],
            leave=self.leave(look, small=bool(others)) if prompt.can_leave else [],
        )
        return Parts(body, [self._head(look)], actions, prompt.step)

    def _head(self, look: Look) -> Box:
        prompt = self.prompt
        ink, ground = self._tone(look)
        lines: list[Box] = [Words(look, prompt.title, look.heading, bold=True, line=1.25)]
        if prompt.case is not None:
            key = "notice.case.slip" if prompt.slip else "notice.case.notyou" if prompt.tone is Tone.WARN else "notice.case"
            lines += [Space(look, 4), Words(look, t(key, case=prompt.case), look.type.caption, colour=look.colour.ink2)]
        orb = Orb(look, _ICONS[prompt.tone], 112, colour=ink, ground=ground, fill=True, part=0.59)
        if look.wide:
            return Column(look, [Row(look, [orb]), Space(look, look.gap(24)), *lines] if look.art > 0.5 else lines)
        return Row(look, [orb, Column(look, lines, grow=1.0)], gap=28)

    def _tone(self, look: Look) -> tuple[Colour, Colour]:
        colour = look.colour
        return {
            Tone.INFO: (colour.on_tint, colour.tint),
            Tone.OK: (colour.ok, colour.ok_tint),
            Tone.WARN: (colour.warn, colour.warn_tint),
            Tone.REFUSED: (colour.bad, colour.bad_tint),
        }[self.prompt.tone]

    def _answer(self, look: Look, icon: str, question: str, words: Text, ink: Colour, ground: Colour) -> Box:
        lines: list[Box] = [Words(look, words, look.type.body_l, line=1.42)]
        if look.air > 0.3 or look.theme.size is TextSize.STANDARD:
            lines[:0] = [Words(look, look.say(question), look.type.caption, colour=look.colour.ink2), Space(look, 2)]
        row: list[Box] = [Column(look, lines, grow=1.0)]
        if look.art > 0:
            row.insert(0, Orb(look, icon, 92, colour=ink, ground=ground, fill=True))
        over = look.gap(36)
        return Row(look, row, gap=32, up="top", pad=(0, over, 0, over))

    def _other(self, look: Look, action: Action) -> Key:
        return secondary(
            look,
            f"action-{action.name}",
            action.label,
            lambda: self.acting.answer(action.name),
            icon="" if look.long_words else action.icon,
            height=112,
        )
