"""The reader is unplugged, pcscd dies, hangs, is not there yet; the driver says so and comes back by itself."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from peripherals.card_reader import CardInserted, CardRemoved, PcscReader, read_document
from peripherals.card_reader.faults import ReaderGone, ReaderServiceDown
from peripherals.device import DeviceState, StatusChanged, Turn
from sandbox.devices.card import CardSlot, SilentCard, SocialSecurityCard
from sandbox.devices.pcsc import PcscDaemon
from tests.card_reader.conftest import TODAY, WANG, Desk, eventually

pytestmark = pytest.mark.device


def test_pcscd_is_killed_and_comes_back_and_the_card_still_lies_there(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(WANG))
    desk.daemon.kill()
    desk.wait_for(CardRemoved)
    status = desk.reader.status()
    assert (status.state, status.reasons) == (DeviceState.OFFLINE, ("reader-service-down",))
    with pytest.raises(ReaderServiceDown) as caught:
        read_document(desk.reader, today=TODAY)
    assert caught.value.turn is Turn.HEALS

    desk.daemon.start()
    desk.wait_for(CardInserted, 2)
    assert desk.reader.status().state is DeviceState.ONLINE
    assert read_document(desk.reader, today=TODAY).name == "王秀英"


def test_pcscd_is_killed_over_and_over(desk: Desk) -> None:
    for round_ in range(1, 4):
        desk.daemon.kill()
        eventually(lambda: desk.reader.status().state is DeviceState.OFFLINE)
        desk.daemon.start()
        eventually(lambda: desk.reader.status().state is DeviceState.ONLINE)
        assert desk.heard(StatusChanged) == 1 + 2 * round_


def test_pcscd_is_killed_while_a_card_is_being_read(desk: Desk) -> None:
    desk.lay(SilentCard())
    killer = threading.Thread(target=lambda: (eventually(lambda: desk.slot.commands == 1), desk.daemon.kill()))
    killer.start()
    with pytest.raises(ReaderServiceDown):
        read_document(desk.reader, today=TODAY)
    killer.join()


def test_a_pcscd_that_hangs_is_not_a_mute_card(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(WANG))
    desk.daemon.freeze()
    with pytest.raises(ReaderServiceDown):
        read_document(desk.reader, today=TODAY, seconds=3)
    assert desk.reader.status().reasons == ("reader-service-down",)
    desk.daemon.thaw()
    eventually(lambda: desk.reader.status().state is DeviceState.ONLINE)
    assert read_document(desk.reader, today=TODAY).name == "王秀英"


def test_closing_does_not_wait_for_a_pcscd_that_hangs_and_leaves_no_thread(desk: Desk) -> None:
    desk.daemon.freeze()
    desk.reader.close()
    assert desk.reader.status().reasons == ("not-open",)
    desk.daemon.thaw()
    eventually(lambda: not [thread for thread in threading.enumerate() if thread.name.startswith("card-reader")])
    desk.reader.open()
    assert desk.reader.status().state is DeviceState.ONLINE


def test_opened_before_pcscd_runs(pcsc_socket: Path) -> None:
    daemon, reader = PcscDaemon(pcsc_socket.parent), PcscReader()
    reader.open()
    try:
        assert reader.status().reasons == ("reader-service-down",)
        with daemon:
            eventually(lambda: reader.status().state is DeviceState.ONLINE)
    finally:
        reader.close()


def test_the_reader_is_unplugged_and_plugged_in_again(pcsc_socket: Path) -> None:
    daemon, reader = PcscDaemon(pcsc_socket.parent), PcscReader()
    daemon.start(with_reader=False)
    slot = CardSlot(daemon.port)
    reader.open()
    try:
        eventually(lambda: reader.status().state is DeviceState.NO_DEVICE)
        with pytest.raises(ReaderGone) as caught:
            read_document(reader, today=TODAY)
        assert (caught.value.code, caught.value.turn) == ("reader-gone", Turn.STAFF)
        daemon.stop()
        daemon.start()
        eventually(lambda: reader.status().state is DeviceState.ONLINE)
        slot.insert(SocialSecurityCard(WANG))
        eventually(lambda: reader.card_present)
        assert read_document(reader, today=TODAY).name == "王秀英"
    finally:
        slot.remove()
        reader.close()
        daemon.stop()


def test_another_reader_than_the_one_that_was_asked_for(pcsc_socket: Path) -> None:
    reader = PcscReader(match="Contact")
    with PcscDaemon(pcsc_socket.parent) as daemon:
        reader.open()
        try:
            assert reader.status().state is DeviceState.NO_DEVICE
            daemon.stop()
            daemon.start(reader="Contact Reader")
            eventually(lambda: reader.status().state is DeviceState.ONLINE)
            assert "Contact" in reader.status().detail
        finally:
            reader.close()


def test_open_and_close_may_be_said_twice(desk: Desk) -> None:
    desk.reader.open()
    desk.lay(SocialSecurityCard(WANG))
    desk.reader.close()
    desk.reader.close()
    assert not desk.reader.card_present
    desk.reader.open()
    eventually(lambda: desk.reader.card_present)


def test_who_has_unsubscribed_hears_nothing(desk: Desk) -> None:
    heard: list[object] = []
    desk.reader.subscribe(heard.append)()
    desk.lay(SocialSecurityCard(WANG))
    assert not heard


def test_a_daemon_leaves_nothing_behind(pcsc_socket: Path) -> None:
    with PcscDaemon(pcsc_socket.parent) as daemon:
        assert daemon.running
    assert not daemon.running
    assert not list(pcsc_socket.parent.iterdir())
    assert not Path("/run/pcscd/pcscd.pid").exists() or Path("/run/pcscd/pcscd.comm").exists()


def test_a_directory_too_deep_for_a_socket(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at most 107 bytes"):
        PcscDaemon(tmp_path / ("x" * 100))
