"""What every home has from the start, with ids derived from names so that two homes never clash over it."""

from __future__ import annotations

from typing import Any, Final

from modelops_tui.entities.field import Document

ADMINISTRATOR: Final = "administrator"

_CATEGORIES: Final = {
    "Core": "What anybody wants to know about a thing.",
    "Model": "What a model is and how good it is.",
}
_DEFINITIONS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "Core": {
        "description": {"data_type": "string", "description": "What it is for."},
        "owner": {"data_type": "string", "description": "Who answers for it."},
        "tags": {
            "data_type": "string",
            "multiple": True,
            "mutable_when_published": True,
            "description": "Words to find it by.",
        },
        "license": {"data_type": "string", "description": "Under which licence it may be used."},
    },
    "Model": {
        "framework": {"data_type": "string", "description": "What it was trained with."},
        "task": {"data_type": "string", "description": "What it predicts."},
        "input schema": {"data_type": "string", "description": "What it takes."},
        "output schema": {"data_type": "string", "description": "What it gives."},
        "metrics": {"data_type": "string", "multiple": True, "description": "How good it is."},
        "training dataset": {"data_type": "revision", "description": "Revision of the data it was trained with."},
    },
}


def builtin_id(kind: str, name: str) -> str:
    """The id of a built-in document: the same 24 hexadecimal digits in every home."""
    from hashlib import sha256

    return sha256(f"modelops builtin {kind} {name}".encode()).hexdigest()[:24]


def builtins() -> list[tuple[str, Document]]:
    """The built-in documents as (kind, document with its id), parents first."""
    role = builtin_id("role", ADMINISTRATOR)
    found: list[tuple[str, Document]] = [
        ("role", {"id": role, "name": ADMINISTRATOR, "description": "May do everything."}),
        (
            "permission",
            {"id": builtin_id("permission", "*"), "role": role, "category": "*", "actions": [], "instances": []},
        ),
    ]
    for category, says in _CATEGORIES.items():
        id = builtin_id("property-category", category)
        found.append(("property-category", {"id": id, "name": category, "description": says, "builtin": True}))
        for name, values in _DEFINITIONS[category].items():
            applies = "revision" if category == "Model" else "both"
            defaults = {"applies_to": applies, "multiple": False, "inherited": True, "mutable_when_published": False}
            document = {"id": builtin_id("property-definition", f"{category}:{name}"), "category": id, "name": name}
            found.append(("property-definition", document | defaults | values))
    return found
