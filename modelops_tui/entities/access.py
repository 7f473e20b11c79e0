"""Access: users, their roles, and what roles permit. Whether a call is allowed is decided in the services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelops_tui.entities.field import Document, Field
from modelops_tui.entities.granting import Instance, settle_permission
from modelops_tui.entities.kind import Computed, Kind, Reader, Unique, pointer_term
from modelops_tui.entities.scalars import EMAIL_TEXT, FREE_TEXT, LINE, TITLE, Boolean, Choice, Slug, Text
from modelops_tui.entities.structures import CASCADE, KEEP, NULLIFY, Items, Reference
from modelops_tui.errors import Problem


def permission_text(document: Document) -> str:
    """A permission as it is written: `category:action:instance`, shortened from the right."""
    parts = [
        str(document.get("category") or "*"),
        ",".join(document.get("actions") or []),
        ",".join(document.get("instances") or []),
    ]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return ":".join(part or "*" for part in parts)


def pointing_ids(kind: str) -> Any:
    """A computed value: the ids of the documents of `kind` that point here."""
    return lambda document, reader: [item["id"] for item in reader.find(kind, pointer_term(document["id"]))]


def permission_is_sound(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """The parts of a permission hold no blanks and none of the signs that separate them."""
    if any(sign in str(after.get("category")) for sign in " :,\t\n"):
        yield Problem("category", "must be one word without blanks, ':' or ','.")
    for name in ("actions", "instances"):
        for index, part in enumerate(after.get(name) or []):
            if not part or any(sign.isspace() or sign in ":," for sign in part):
                yield Problem(f"{name}[{index}]", "must not be empty or hold blanks, ':' or ','.")


USER = Kind(
    "user",
    area="access",
    key=("name",),
    says="A person. Users are never really removed; their names are reserved for ever.",
    verbs=("list", "show", "new", "set", "edit", "rename", "refs", "history"),
    unique=(Unique(("name",)),),
    fields=(
        Field("name", Slug(), "Login name.", required=True, column=True),
        Field("display_name", LINE, "Name as people write it.", column=True),
        Field("email", EMAIL_TEXT, "E-mail address.", column=True),
        Field("github", LINE, "Name on GitHub."),
        Field(
            "roles", Items(Reference("role", NULLIFY), distinct=True), "What the user may do.", default=[], column=True
        ),
        Field(
            "state",
            Choice(("active", "disabled", "deleted")),
            "Whether the user may act.",
            default="active",
            column=True,
        ),
        Field("public_key", Text(4096), "Key that chests are shared with.", set_by="vault"),
        Field("fingerprint", LINE, "Fingerprint of the public key.", set_by="vault"),
        Field(
            "has_password",
            Boolean(),
            "Whether acting as this user asks for a password.",
            default=False,
            set_by="program",
        ),
        Field("password_verifier", LINE, "What a password is checked against.", local=True, set_by="program"),
    ),
)

ROLE = Kind(
    "role",
    area="access",
    key=("name",),
    says="What a group of users may do.",
    unique=(Unique(("name",)),),
    fields=(
        Field("name", TITLE, "Unique.", required=True, column=True),
        Field("description", FREE_TEXT, "Who it is for.", column=True),
    ),
    computed=(
        Computed("users", Items(Reference("user", KEEP)), "Who has it.", pointing_ids("user"), column=True),
        Computed(
            "permissions",
            Items(Reference("permission", KEEP)),
            "What it permits.",
            pointing_ids("permission"),
            column=True,
        ),
    ),
)

PERMISSION = Kind(
    "permission",
    area="access",
    says="What a role may do: a category, actions, instances.",
    verbs=("list", "show", "new", "set", "edit", "rm", "refs", "history"),
    checks=(permission_is_sound,),
    settle=settle_permission,
    label=permission_text,
    fields=(
        Field("role", Reference("role", CASCADE), "Role it belongs to.", required=True, fixed=True, column=True),
        Field("category", LINE, "Name of a kind, environment, or * for all.", required=True, column=True),
        Field("actions", Items(LINE, distinct=True), "Actions; none means all.", default=[], column=True),
        Field(
            "instances", Items(Instance(), distinct=True), "What it is for; none means all.", default=[], column=True
        ),
    ),
)

OPENID_CONNECT_MAPPING = Kind(
    "openid-connect-mapping",
    area="access",
    shorts=("oidc",),
    key=("name",),
    says="An identity at an OpenID Connect provider and the user it belongs to.",
    unique=(Unique(("issuer", "subject")),),
    fields=(
        Field("name", TITLE, "Name of the provider.", required=True, column=True),
        Field("issuer", LINE, "Issuer of the identity.", required=True, column=True),
        Field("subject", LINE, "Subject at the issuer; unique with it.", required=True, column=True),
        Field("provider_user", LINE, "Who the provider says it is.", column=True),
        Field("user", Reference("user", KEEP), "User it maps to.", required=True, column=True),
    ),
)

KINDS = (USER, ROLE, PERMISSION, OPENID_CONNECT_MAPPING)
