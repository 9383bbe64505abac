from collections.abc import Callable

class ClockEvent:
    def cancel(self) -> None: ...

class ClockBase:
    def schedule_once(self, callback: Callable[[float], object], timeout: float = ...) -> ClockEvent: ...
    def schedule_interval(self, callback: Callable[[float], object], timeout: float) -> ClockEvent: ...

Clock: ClockBase
