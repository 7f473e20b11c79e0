"""The operating system's keyring, to take passwords over from. It never writes to it."""

from __future__ import annotations

from importlib import import_module

from modelops_tui.errors import OutsideMissing


class SystemKeyring:
    """What the library keyring reaches; see `modelops_tui.ports.Keyring`."""

    def password(self, service: str, name: str) -> str | None:
        """The password kept for `name` at `service`, or None. Raises OutsideMissing where there is no keyring."""
        try:
            keyring = import_module("keyring")
        except ImportError:
            raise OutsideMissing(
                "Taking over from the keyring needs the library keyring.",
                "Install it: pip install 'modelops-tui[keyring]'",
            ) from None
        try:
            found = keyring.get_password(service, name)
        except Exception as error:  # noqa: BLE001 – the library passes on whatever its backends raise
            kind = type(error).__name__
            raise OutsideMissing(
                f"The keyring of this machine cannot be read ({kind}).", "Unlock it first, where there is one."
            ) from None
        return found if isinstance(found, str) else None
