"""Plays lines and tones on a worker, one utterance at a time; what is new cuts off what is old.

Sound is the terminal's, never the journey's: where there is no sound card, or the lines were not built, it is simply silent.
"""

from __future__ import annotations

import json
import logging
import queue
import shutil
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from screens.fonts import ASSETS
from screens.voice.catalogue import Say
from screens.voice.tones import RATE, Sound, tone
from screens.wording import Language

log = logging.getLogger(__name__)

LINES = ASSETS / "voices"
VOICES = {Language.ZH: "cmn-latn-pinyin", Language.EN: "en-gb"}
"""espeak-ng's voice of each language; `cmn` would spell many words as if they were English."""
WORDS_A_MINUTE = 150
_PAUSE = b"\xff" * (RATE // 10)


class Lines:
    """The lines of one language, spoken beforehand: an index and one file of µ-law behind it."""

    def __init__(self, language: Language, folder: Path = LINES) -> None:
        self._places: dict[str, tuple[int, int]] = {}
        self._file = folder / f"{language}.ulaw"
        try:
            index = json.loads((folder / f"{language}.json").read_text("utf-8"))
            self._places = {text: (first, count) for text, (first, count) in index["lines"].items()}
        except FileNotFoundError:
            log.warning("no spoken lines for %s: run deploy/voices.py", language)

    def __contains__(self, text: str) -> bool:
        return text in self._places

    def __getitem__(self, text: str) -> bytes:
        """Raises `KeyError` for a line that was not built."""
        first, count = self._places[text]
        with self._file.open("rb") as file:
            file.seek(first)
            return file.read(count)


def aplay(device: str) -> list[str] | None:
    """The command that plays µ-law from its standard input on ALSA `device`; None where nothing can be played."""
    program = shutil.which("aplay")
    if program is None or not any(Path("/proc/asound").glob("card[0-9]*")):
        return None
    return [program, "-q", "-t", "raw", "-f", "MU_LAW", "-c", "1", "-r", str(RATE), "-D", device, "-"]


class Speaker:
    """The terminal's voice. `player`: a command that plays what it reads; None is silence. `private`: only headphones can hear it."""

    def __init__(self, player: Sequence[str] | None, *, private: bool = False, folder: Path = LINES) -> None:
        self.able = player is not None
        self.private = private
        self.loudness = 1.0
        self._player = list(player or ())
        self._lines = {language: Lines(language, folder) for language in Language}
        self._wanted: queue.Queue[tuple[list[Say], Language, bytes] | None] = queue.Queue()
        self._playing: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._pending = 0
        self._worker = threading.Thread(target=self._work, name="speaker", daemon=True)
        if self.able:
            self._worker.start()

    @property
    def speaking(self) -> bool:
        """Whether something is being said."""
        return self._pending > 0

    def say(self, said: Sequence[Say], language: Language, *, first: Sound | None = None) -> None:
        """Say this now, instead of whatever was being said; `first` sounds before it. Private parts only where nobody else hears."""
        if not self.able:
            return
        self.hush()
        self._put(list(said), language, tone(first) if first else b"")

    def sound(self, sound: Sound, step: int = 0) -> None:
        """A tone, `step` times half as loud again; while something is said there is none."""
        if self.able and not self.speaking:
            self._put([], Language.ZH, tone(sound, step))

    def hush(self) -> None:
        """Say nothing any more."""
        with self._lock:
            while not self._wanted.empty():
                self._wanted.get_nowait()
                self._pending -= 1
            if self._playing is not None:
                self._playing.kill()

    def close(self) -> None:
        """Be silent for good."""
        if self.able:
            self.hush()
            self._wanted.put(None)
            self._worker.join(5)

    def _put(self, said: list[Say], language: Language, before: bytes) -> None:
        with self._lock:
            self._pending += 1
        self._wanted.put((said, language, before))

    def _work(self) -> None:
        while self._say_next():
            pass

    def _say_next(self) -> bool:
        """Wait for the next utterance and play it; False when there will be none. Between two, nothing is left of the words."""
        wanted = self._wanted.get()
        if wanted is None:
            return False
        try:
            self._play(wanted[2] + b"".join(self._pieces(wanted[0], wanted[1])))
        except OSError as reason:
            log.warning("nothing can be played: %s", reason.strerror)
        finally:
            with self._lock:
                self._pending -= 1
        return True

    def _pieces(self, said: list[Say], language: Language) -> list[bytes]:
        pieces: list[bytes] = []
        for each in said:
            if each.public:
                if each.text in self._lines[language]:
                    pieces += [self._lines[language][each.text], _PAUSE]
            elif self.private:
                pieces += [synthesised(each.text, language), _PAUSE]
        return pieces

    def _play(self, sound: bytes) -> None:
        if not sound:
            return
        if self.loudness != 1.0:
            sound = _louder(sound, self.loudness)
        with self._lock:
            self._playing = subprocess.Popen(self._player, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            self._playing.communicate(sound)
        finally:
            with self._lock:
                self._playing = None


def synthesised(text: str, language: Language) -> bytes:
    """`text` spoken now by espeak-ng, as µ-law; nothing where it is not installed. The text goes by standard input, not by a name."""
    program = shutil.which("espeak-ng")
    if program is None:
        return b""
    command = [program, "-v", VOICES[language], "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout", "-b", "1"]
    wave = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=20).stdout
    return _mulaw_of(wave)


def _louder(sound: bytes, factor: float) -> bytes:
    """µ-law at another loudness; what would be too loud is as loud as it can be."""
    import audioop

    return audioop.lin2ulaw(audioop.mul(audioop.ulaw2lin(sound, 2), 2, factor), 2)


def _mulaw_of(wave: bytes) -> bytes:
    import audioop

    # espeak-ng writes 16-bit mono at 22050 Hz behind a header of 44 bytes.
    return audioop.lin2ulaw(wave[44:], 2)
