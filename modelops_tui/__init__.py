"""modelops: the record of machine learning work, on your own laptop. Importing it loads nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modelops_tui.version import __version__ as __version__

if TYPE_CHECKING:
    from modelops_tui.bootstrap import open_home as open_home


def __getattr__(name: str) -> Any:
    """Gives `open_home` when it is first asked for."""
    if name == "open_home":
        from modelops_tui.bootstrap import open_home

        return open_home
    raise AttributeError(name)
