"""pyzbar's own reader, which only tests and benchmarks call: the peer that we hold ourselves against."""

from typing import Any

from numpy.typing import NDArray

class Decoded:
    @property
    def data(self) -> bytes: ...

def decode(image: NDArray[Any]) -> list[Decoded]: ...
