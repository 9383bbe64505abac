from kivy.core.window import WindowBase
from kivy.uix.widget import Widget

class EventLoopBase:
    window: WindowBase
    def ensure_window(self) -> None: ...

EventLoop: EventLoopBase

async def async_runTouchApp(widget: Widget | None = ..., async_lib: str | None = ...) -> None: ...
def stopTouchApp() -> None: ...
