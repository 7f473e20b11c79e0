"""Face two: the full-screen app, the only room that knows Textual. It never touches the store but through services."""

from __future__ import annotations

import os

KEY_LOGS = ("TEXTUAL_LOG", "TEXTUAL_DEBUG")
"""What makes Textual write down every key, and so every passphrase and secret that is typed. It reads them once."""

for _name in KEY_LOGS:
    os.environ.pop(_name, None)
