"""Whoever changes a byte of a record, its signature, its signer or a revocation list changes nothing on paper: it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from kiosk.registration.chains import Anchors, RecordUntrusted
from kiosk.registration.cose import Header, encode
from kiosk.registration.trust import Purpose, load_crl, verify, verify_code, verify_message
from tests.registration.registry import NOW, Registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.founded()


def altered(data: bytes, step: int = 1) -> Iterator[bytes]:
    """`data` with one bit turned, another bit in each next byte; then one byte shorter and one longer."""
    for at in range(0, len(data), step):
        turned = bytearray(data)
        turned[at] ^= 1 << (at % 8)
        yield bytes(turned)
    yield data[:-1]
    yield data + b"\0"


def accepted(tries: Iterator[bytes], believe: Callable[[bytes], object]) -> list[int]:
    """Which of the altered ones were believed, by their order."""
    found: list[int] = []
    for number, data in enumerate(tries):
        try:
            believe(data)
        except RecordUntrusted:
            continue
        found.append(number)
    return found


def test_no_byte_of_a_record_can_be_changed(registry: Registry) -> None:
    """Record, embedded code, signer's certificate and signature: all lie within these bytes."""
    data, anchors = registry.record(), registry.anchors()
    assert verify(data, anchors, NOW)
    assert accepted(altered(data), lambda other: verify(other, anchors, NOW)) == []


def test_no_byte_of_a_code_can_be_changed(registry: Registry) -> None:
    code, anchors = registry.verify(registry.record()).code, registry.anchors()
    assert verify_code(code, anchors, NOW)
    assert accepted(altered(code), lambda other: verify_code(other, anchors, NOW)) == []


def test_no_byte_of_a_revocation_list_can_be_changed(registry: Registry) -> None:
    data, anchors = registry.record(), registry.anchors()
    der = registry.authority.crl(NOW).public_bytes(Encoding.DER)

    def believe(other: bytes) -> object:
        return verify(data, Anchors(anchors.roots, (), (load_crl(other),)), NOW)

    assert believe(der)
    assert accepted(altered(der), believe) == []


def test_no_byte_of_the_signers_certificate_can_be_changed(registry: Registry) -> None:
    """Not even by the signer, who can sign anew around it and would like to sign for longer."""
    signer, anchors = registry.signer, registry.anchors()

    def believe(der: bytes) -> object:
        headers = {Header.CONTENT_TYPE.value: Purpose.TIME.value, Header.X5CHAIN.value: der}
        return verify_message(encode(b"\xa0", signer.key, headers), Purpose.TIME, anchors, NOW)

    assert believe(signer.certificate_der) == b"\xa0"
    assert accepted(altered(signer.certificate_der), believe) == []


def test_in_sm2_as_well() -> None:
    """Every eightieth byte: the arithmetic is slow."""
    registry = Registry.founded(sm2=True)
    code, anchors = registry.verify(registry.record()).code, registry.anchors()
    assert accepted(altered(code, 80), lambda other: verify_code(other, anchors, NOW)) == []
    der = registry.authority.crl(NOW).public_bytes(Encoding.DER)
    lists = (Anchors(anchors.roots, anchors.signers, (load_crl(other),)) for other in loadable(altered(der, 30)))
    for other in lists:
        with pytest.raises(RecordUntrusted):
            verify_code(code, other, NOW)


def loadable(tries: Iterator[bytes]) -> Iterator[bytes]:
    for data in tries:
        try:
            load_crl(data)
        except RecordUntrusted:
            continue
        yield data
