"""Components: the building blocks of workflows, as their repositories and odtp.yml files describe them."""

from __future__ import annotations

from typing import Any

from modelops_tui.entities.field import Field
from modelops_tui.entities.kind import Computed, Kind, Unique, pointer_term
from modelops_tui.entities.scalars import (
    FREE_TEXT,
    LINE,
    TITLE,
    Anything,
    Boolean,
    Choice,
    Number,
    RepositoryLink,
)
from modelops_tui.entities.structures import CASCADE, FreeMap, Group, Items, Reference

TAGS = Items(LINE, distinct=True)
COMPONENT_TYPES = ("ephemeral", "persistent", "interactive")


def deprecated() -> Field:
    """The field that hides a thing from lists and pickers and leaves it readable."""
    return Field("deprecated", Boolean(), "Hidden from lists, still readable.", default=False)


def count_of(kind: str) -> Any:
    """A computed value: how many documents of `kind` point here."""
    return lambda document, reader: len(reader.find(kind, pointer_term(document["id"])))


COMPONENT = Kind(
    "component",
    area="workflow",
    key=("name",),
    says="A tool in a git repository that runs in a container.",
    unique=(Unique(("repo_link",)),),
    snapshot=("name", "repo_link", "type"),
    fields=(
        Field("name", TITLE, "Its name; forks may share one.", required=True, column=True),
        Field("author", LINE, "Who wrote it.", column=True),
        Field("repo_link", RepositoryLink(), "Its repository; this is its identity.", required=True, column=True),
        Field("status", LINE, "Where it stands.", default="active"),
        Field("type", Choice(COMPONENT_TYPES), "How it runs.", default="ephemeral", column=True),
        Field("description", FREE_TEXT, "What it does."),
        Field("tags", TAGS, "Words to find it by.", default=[], column=True),
        deprecated(),
    ),
    computed=(
        Computed(
            "versions", Number(whole=True), "How many versions it has.", count_of("component-version"), column=True
        ),
    ),
)

PARAMETER = Group(
    (
        Field("name", LINE, "Name of the parameter.", required=True),
        Field("datatype", LINE, "What it holds."),
        Field("default", Anything(), "Value when none is given."),
        Field("description", FREE_TEXT, "What it does."),
        Field("options", Items(Anything()), "Values it may have."),
        Field("bounds", Items(Anything()), "Lowest and highest value."),
        Field("allow_custom", Boolean(), "Whether other values than the options are taken."),
    )
)
PORT = Group(
    (
        Field("name", LINE, "Name of the port."),
        Field("description", FREE_TEXT, "What it serves."),
        Field("type", LINE, "Protocol."),
        Field("value", Anything(), "Port inside the container."),
    )
)
SECRET = Group(
    (
        Field("name", LINE, "Name of the secret.", required=True),
        Field("description", FREE_TEXT, "What it is for."),
        Field("type", LINE, "What it holds."),
    )
)
DATA = Group(
    (
        Field("name", LINE, "Name of the data.", required=True),
        Field("type", LINE, "File type."),
        Field("path", LINE, "Where it lies."),
        Field("description", FREE_TEXT, "What it holds."),
        Field("naming_schema", LINE, "How its files are named."),
    )
)
TOOL = Group(
    (
        Field("name", LINE, "Name of the tool.", required=True),
        Field("author", LINE, "Who wrote it."),
        Field("version", LINE, "Its version."),
        Field("repository", LINE, "Where it is kept."),
        Field("doi", LINE, "Its DOI."),
        Field("license", LINE, "Its licence."),
    )
)
DEVICE = Group(
    (
        Field("type", LINE, "Kind of device, such as gpu.", required=True),
        Field("required", Boolean(), "Whether it cannot run without."),
    )
)

COMPONENT_VERSION = Kind(
    "component-version",
    area="workflow",
    shorts=("version",),
    key=("component", "version"),
    says="A tagged version of a component, with what its odtp.yml says.",
    unique=(Unique(("component", "version")),),
    snapshot=("component", "version", "commit_hash"),
    fields=(
        Field(
            "component", Reference("component", CASCADE), "Component it is of.", required=True, fixed=True, column=True
        ),
        Field("version", LINE, "Git tag, unique in its component.", required=True, column=True),
        Field("component_version", LINE, "Version that odtp.yml says."),
        Field("commit_hash", LINE, "Git commit of the tag.", required=True, column=True),
        Field("odtp_version", LINE, "Version of the odtp.yml format."),
        Field("title", TITLE, "Its title."),
        Field("description", FREE_TEXT, "What it does."),
        Field("type", Choice(COMPONENT_TYPES), "How it runs.", column=True),
        Field("tags", TAGS, "Words to find it by.", default=[]),
        Field("parameters", Items(PARAMETER), "Parameters it takes.", default=[], column=True),
        Field("ports", Items(PORT), "Ports it opens.", default=[]),
        Field("secrets", Items(SECRET), "Secrets it asks for.", default=[]),
        Field("data_inputs", Items(DATA), "Data it reads.", default=[]),
        Field("data_outputs", Items(DATA), "Data it writes.", default=[]),
        Field("tools", Items(TOOL), "Tools inside.", default=[]),
        Field("devices", Items(DEVICE), "Devices it needs.", default=[]),
        Field("license", LINE, "Its licence."),
        Field("build_args", FreeMap(), "Arguments of its image's build."),
        Field("image_link", LINE, "Ready image, where there is one."),
        deprecated(),
    ),
)

KINDS = (COMPONENT, COMPONENT_VERSION)
