"""What is said aloud: every prompt in every language, and never a person's data on the loudspeaker."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from screens.prompts import Contrast, TextSize
from screens.samples import samples
from screens.theme import Themes
from screens.voice import script
from screens.voice.catalogue import NUMBERS, SILENT, Say, catalogue
from screens.voice.speaker import Lines, Speaker
from screens.voice.tones import RATE, Sound, tone
from screens.wording import Language, sentences
from tests.screens.test_layout import Case, laid_out

if TYPE_CHECKING:
    from screens.ink import Ink

ROOT = Path(__file__).parents[2]

PERSONAL = (
    "张*",
    "建国",
    "欧阳",
    "411521",
    "4416",
    "138",
    "6721",
    "湖东大道",
    "翡翠湾",
    "1101",
    "0012345",
    "41002186357",
    "李敏",
    "Li Min",
)


def spoken(name: str, language: Language, ink: Ink, themes: Themes, *, private: bool) -> list[Say]:
    from screens.glass import shown_on

    screen = laid_out(Case(name, "PORTRAIT", language, TextSize.STANDARD, Contrast.STANDARD), samples()[name], ink, themes)
    return script.whole(samples()[name], shown_on(screen), language, private=private)


@pytest.mark.window
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", sorted(samples()))
def test_every_prompt_speaks_and_tells_nobody_who_is_there(name: str, language: Language, ink: Ink, themes: Themes) -> None:
    aloud = spoken(name, language, ink, themes, private=False)
    assert len(aloud) >= 2
    assert all(each.public and each.text in catalogue(language).lines for each in aloud)
    told = "".join(each.text for each in aloud)
    assert not [word for word in PERSONAL if word in told]
    # In headphones the same is said, and more.
    whole = spoken(name, language, ink, themes, private=True)
    assert [each for each in whole if each.public][: len(aloud)]
    assert len(whole) >= len(aloud)


@pytest.mark.window
def test_headphones_hear_the_record_too(ink: Ink, themes: Themes) -> None:
    told = [each.text for each in spoken("check", Language.ZH, ink, themes, private=True)]
    assert any("翡翠湾" in text for text in told)
    assert "411521********4416" in told


@pytest.mark.parametrize("language", list(Language))
def test_no_wording_can_carry_a_number_that_could_be_a_persons(language: Language) -> None:
    long_digits = re.compile(r"\d{4,}")
    for shown in ("411521197803154416", "13812345678", "单号 411521197803154416", "Case 411521197803154416", "0012345"):
        assert not [each for each in catalogue(language).says(shown) if each.public and long_digits.search(each.text)]
    assert not [line for line in catalogue(language).lines if len(long_digits.sub("", line)) < len(line) - 5]


def test_numbers_and_times_are_put_together() -> None:
    said = catalogue(Language.ZH).says("请等 20 秒再输")
    assert [(each.text, each.public) for each in said] == [("请等", True), ("20", True), ("秒再输", True)]
    assert [each.text for each in catalogue(Language.ZH).says("预计 10:30 恢复")] == ["预计", "10", "30", "恢复"]
    assert [each.text for each in catalogue(Language.EN).says("305")] == ["3", "0", "5"]
    assert catalogue(Language.ZH).says("张*") == [Say("张*", False)]


@pytest.mark.parametrize("language", list(Language))
def test_every_line_was_spoken(language: Language) -> None:
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed")
    # What set-up has spoken already is kept: only sentences that changed since are spoken now.
    subprocess.run([sys.executable, "deploy/voices.py"], cwd=ROOT, check=True)
    lines = Lines(language)
    missing = sorted(text for text in catalogue(language).lines if text not in lines)
    assert missing == []
    assert len(lines[str(NUMBERS)]) > RATE // 8
    said_to_citizens = [key for key in sentences(language) if not key.startswith(SILENT)]
    assert len(said_to_citizens) < len(catalogue(language).lines)


@pytest.mark.parametrize("sound", list(Sound))
def test_tones_are_soft_and_short(sound: Sound, tmp_path: Path) -> None:
    assert all(500 <= hertz <= 2000 for hertz, _ in sound.value)
    heard = tone(sound)
    assert len(heard) < RATE * 0.41
    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(heard)
    # µ-law begins and ends in silence: nothing clicks.
    assert {heard[0], heard[-1]} <= {0xFF, 0x7F, 0xFE, 0x7E, 0xFD, 0x7D} | set(range(0xD0, 0x100)) | set(range(0x50, 0x80))


def lines_in(folder: Path) -> None:
    for language in Language:
        (folder / f"{language}.ulaw").write_bytes(b"one-two")
        (folder / f"{language}.json").write_text('{"voice": "made up", "lines": {"1": [0, 3], "2": [4, 3]}}', "utf-8")


async def test_what_is_new_cuts_off_what_is_old_and_private_parts_stay_silent(tmp_path: Path) -> None:
    lines_in(tmp_path)
    heard = tmp_path / "heard"
    player = tmp_path / "player.py"
    player.write_text(
        "import sys, time\nsound = sys.stdin.buffer.read()\nif b'one' in sound: time.sleep(60)\n"
        f"open({str(heard)!r}, 'ab').write(sound)\n"
    )
    speaker = Speaker([sys.executable, str(player)], folder=tmp_path)
    speaker.say([Say("1", True)], Language.ZH)
    async with asyncio.timeout(20):
        while not speaker.speaking:  # noqa: ASYNC110 - a thread and another process
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)
        speaker.say([Say("2", True), Say("张建国", False)], Language.ZH)
        while speaker.speaking:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await asyncio.to_thread(speaker.close)
    assert heard.read_bytes().startswith(b"two")
    assert set(heard.read_bytes()[3:]) == {0xFF}


def test_without_a_sound_card_it_is_simply_silent() -> None:
    speaker = Speaker(None)
    speaker.say([Say("1", True)], Language.ZH)
    speaker.sound(Sound.TICK)
    assert not speaker.speaking
    speaker.close()
