"""Where the home is and who acts, as the call and the environment say; frozen. It opens nothing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What a call was told: the folder of the home and the name of the acting user ("" is the account's own)."""

    home: Path
    user: str = ""


def read_settings(home: Path | None = None, user: str = "") -> Settings:
    """Settings from the call, else from MODELOPS_HOME and MODELOPS_USER, else the platform's data folder."""
    folder = home or _path_from_environment("MODELOPS_HOME") or _default_home()
    return Settings(home=folder.expanduser().absolute(), user=user or os.environ.get("MODELOPS_USER", ""))


def _path_from_environment(name: str) -> Path | None:
    value = os.environ.get(name, "")
    return Path(value) if value else None


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("modelops", appauthor=False)


def account_name() -> str:
    """The login name of the operating system's account, in the form that user names have."""
    try:
        from pwd import getpwuid

        name = getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        name = os.environ.get("USER") or os.environ.get("USERNAME") or "me"
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:64] or "me"
