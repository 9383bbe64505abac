from collections.abc import Callable, Sequence

class WindowBase:
    size: Sequence[float]
    width: float
    height: float
    clearcolor: Sequence[float]
    @property
    def system_size(self) -> Sequence[float]: ...
    def bind(self, **events: Callable[..., object]) -> None: ...
    def dispatch(self, event: str) -> None: ...
