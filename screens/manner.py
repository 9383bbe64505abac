"""How one person wants things shown and said: what the access bar sets, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from screens.hall import other
from screens.prompts import Contrast, TextSize
from screens.wording import Language

VOLUMES: Mapping[int, float] = {1: 0.5, 2: 1.0, 3: 1.8}
"""Soft, usual, loud: what the samples are multiplied by."""


@dataclass(frozen=True, slots=True)
class Manner:
    """`voice`: every screen is read out; `low`: everything that can be pressed lies in the lower half (ui-design, section 3.1);
    `volume`: how loud, one of `VOLUMES`."""

    language: Language = Language.ZH
    size: TextSize = TextSize.STANDARD
    contrast: Contrast = Contrast.STANDARD
    voice: bool = False
    low: bool = False
    volume: int = 2

    @property
    def patience(self) -> float:
        """Factor on every idle time (ui-design, section 5)."""
        return 2.0 if self.size is not TextSize.STANDARD or self.voice or self.low else 1.0

    @property
    def calm(self) -> bool:
        """Whether nothing should move (ui-design, section 2.3)."""
        return self.contrast is Contrast.HIGH or self.voice or self.low

    def in_other_language(self) -> Manner:
        return replace(self, language=other(self.language))

    def in_next_size(self) -> Manner:
        sizes = list(TextSize)
        return replace(self, size=sizes[(sizes.index(self.size) + 1) % len(sizes)])

    def in_next_contrast(self) -> Manner:
        contrasts = list(Contrast)
        return replace(self, contrast=contrasts[(contrasts.index(self.contrast) + 1) % len(contrasts)])

    def with_voice(self) -> Manner:
        return replace(self, voice=not self.voice)

    def at_volume(self, volume: int) -> Manner:
        return replace(self, volume=volume)

    def within_reach(self) -> Manner:
        return replace(self, low=not self.low)
