"""The app that a screen or widget belongs to, and the screen below one. It holds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.dom import DOMNode
from textual.screen import Screen

from modelops_tui.tui.messages import Jump

if TYPE_CHECKING:
    from modelops_tui.tui.app import ModelopsApp


def app_of(node: DOMNode) -> ModelopsApp:
    """The app of a node."""
    from modelops_tui.tui.app import ModelopsApp

    assert isinstance(node.app, ModelopsApp)
    return node.app


def hand_down(screen: Screen[Any], jump: Jump) -> None:
    """Leaves a screen for where a jump leads: the screen below knows, or hands it on."""
    jump.stop()
    below = screen.app.screen_stack[-2]
    screen.dismiss()
    below.post_message(Jump(jump.kind, jump.id))
