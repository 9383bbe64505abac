"""The process beside the window that speaks AT-SPI (`python -m screens.at_spi`): outlines come in, what a screen reader does goes out.

It is a process of its own because neither the library nor the bus may ever hold or end the terminal. One JSON object a line: in, an
outline (`screens.outline.Outline.values`); out, ``{"heard": true}`` when somebody listens, false when not any more, and
``{"deed": "press" | "focus", "identity": …}``. It ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

import accesskit

_ROLES = {
    "heading": accesskit.Role.HEADING,
    "label": accesskit.Role.LABEL,
    "key": accesskit.Role.BUTTON,
    "timer": accesskit.Role.TIMER,
}
ROOT, NEWS = 0, 1


def main() -> None:
    writing = threading.Lock()

    def tell(**what: object) -> None:
        with writing:
            sys.stdout.write(json.dumps(what) + "\n")
            sys.stdout.flush()

    def asked(request: accesskit.ActionRequest) -> None:
        if request.action == accesskit.Action.CLICK:
            tell(deed="press", identity=request.target)
        elif request.action == accesskit.Action.FOCUS:
            tell(deed="focus", identity=request.target)

    def listens() -> None:
        # No tree yet: the window sends its outline when it hears of this. (Here the library holds a lock that an update needs.)
        tell(heard=True)

    adapter = accesskit.unix.Adapter(listens, asked, lambda: tell(heard=False))
    adapter.update_window_focus_state(True)
    try:
        for line in sys.stdin:
            update = _update(json.loads(line))
            adapter.update_if_active(lambda update=update: update)
    finally:
        os._exit(0)  # the library's own thread would wait for its bus


def _update(outline: dict[str, Any]) -> accesskit.TreeUpdate:
    update = accesskit.TreeUpdate(outline["focus"])
    tree = accesskit.Tree(ROOT)
    tree.toolkit_name = "Dazheng"
    update.tree = tree
    width, height = outline["size"]
    window = accesskit.Node(accesskit.Role.WINDOW)
    window.set_label(outline["title"])
    window.set_language(outline["language"].replace("_", "-"))
    window.set_bounds(accesskit.Rect(0, 0, width, height))
    window.set_children([*(item["identity"] for item in outline["items"]), NEWS])
    news = accesskit.Node(accesskit.Role.STATUS)
    news.set_label(outline["news"])
    news.set_live(accesskit.Live.ASSERTIVE if outline["urgent"] else accesskit.Live.POLITE)
    update.nodes.append((ROOT, window))
    update.nodes.append((NEWS, news))
    for item in outline["items"]:
        update.nodes.append((item["identity"], _node(item)))
    return update


def _node(item: dict[str, Any]) -> accesskit.Node:
    node = accesskit.Node(_ROLES[item["role"]])
    # A label's text is its value; everything else has a name.
    (node.set_value if item["role"] == "label" else node.set_label)(item["name"])
    node.set_bounds(accesskit.Rect(*item["frame"]))
    if item["role"] == "heading":
        node.set_level(1)
    if item["left"] is not None:
        node.set_numeric_value(item["left"])
        node.set_min_numeric_value(0)
    if item["key"]:
        node.set_author_id(item["key"])
        if item["on"] is not None:
            node.set_toggled(accesskit.Toggled.TRUE if item["on"] else accesskit.Toggled.FALSE)
        if item["enabled"]:
            node.add_action(accesskit.Action.CLICK)
            node.add_action(accesskit.Action.FOCUS)
        else:
            node.set_disabled()
    return node


if __name__ == "__main__":
    main()
