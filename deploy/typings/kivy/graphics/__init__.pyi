from collections.abc import Sequence

from kivy.graphics.texture import Texture

class Canvas:
    before: Canvas
    after: Canvas
    def add(self, instruction: Canvas) -> None: ...
    def clear(self) -> None: ...
    def __enter__(self) -> Canvas: ...
    def __exit__(self, *exception: object) -> None: ...

class Color:
    def __init__(self, *channels: float) -> None: ...

class PushMatrix: ...
class PopMatrix: ...

class Translate:
    x: float
    y: float
    def __init__(self, x: float, y: float, z: float = ...) -> None: ...

class Scale:
    def __init__(self, x: float, y: float, z: float) -> None: ...

class Rectangle:
    def __init__(
        self, *, pos: Sequence[float], size: Sequence[float], texture: Texture | None = ..., tex_coords: Sequence[float] = ...
    ) -> None: ...

class BorderImage:
    def __init__(self, *, pos: Sequence[float], size: Sequence[float], texture: Texture, border: Sequence[float]) -> None: ...

class SmoothEllipse:
    def __init__(self, *, pos: Sequence[float], size: Sequence[float]) -> None: ...

class SmoothRoundedRectangle:
    def __init__(self, *, pos: Sequence[float], size: Sequence[float], radius: Sequence[float]) -> None: ...

class Mesh:
    def __init__(self, *, vertices: Sequence[float], indices: Sequence[int], mode: str) -> None: ...

class SmoothLine:
    def __init__(
        self,
        *,
        circle: Sequence[float] = ...,
        points: Sequence[float] = ...,
        rounded_rectangle: Sequence[float] = ...,
        width: float,
        cap: str = ...,
        joint: str = ...,
    ) -> None: ...
