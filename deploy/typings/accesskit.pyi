"""The part of accesskit that is used, which ships no types."""

from collections.abc import Callable
from typing import Any

class Role:
    WINDOW: Role
    HEADING: Role
    LABEL: Role
    BUTTON: Role
    TIMER: Role
    STATUS: Role

class Action:
    CLICK: Action
    FOCUS: Action

class Live:
    POLITE: Live
    ASSERTIVE: Live

class Toggled:
    TRUE: Toggled
    FALSE: Toggled

class Rect:
    def __init__(self, x0: float, y0: float, x1: float, y1: float) -> None: ...

class Node:
    def __init__(self, role: Role) -> None: ...
    def set_label(self, value: str) -> None: ...
    def set_value(self, value: str) -> None: ...
    def set_language(self, value: str) -> None: ...
    def set_bounds(self, value: Rect) -> None: ...
    def set_children(self, value: list[int]) -> None: ...
    def set_live(self, value: Live) -> None: ...
    def set_level(self, value: int) -> None: ...
    def set_numeric_value(self, value: float) -> None: ...
    def set_min_numeric_value(self, value: float) -> None: ...
    def set_author_id(self, value: str) -> None: ...
    def set_toggled(self, value: Toggled) -> None: ...
    def set_disabled(self) -> None: ...
    def add_action(self, value: Action) -> None: ...

class Tree:
    toolkit_name: str | None
    def __init__(self, root: int) -> None: ...

class TreeUpdate:
    tree: Tree | None
    nodes: list[tuple[int, Node]]
    def __init__(self, focus: int) -> None: ...

class ActionRequest:
    action: Action
    target: int

class _Adapter:
    def __init__(
        self,
        activation_handler: Callable[[], TreeUpdate | None],
        action_handler: Callable[[ActionRequest], Any],
        deactivation_handler: Callable[[], Any],
    ) -> None: ...
    def update_if_active(self, update_factory: Callable[[], TreeUpdate]) -> None: ...
    def update_window_focus_state(self, is_focused: bool) -> None: ...

class unix:
    Adapter: type[_Adapter]
