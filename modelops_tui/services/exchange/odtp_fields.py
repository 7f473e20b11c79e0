"""Which field of ODTP stands for which one here, collection by collection. It holds tables and no rules."""

# ruff: noqa: ARG002 – every form is asked in the same way, whatever of it one needs

from __future__ import annotations

from typing import Any, Final

from modelops_tui.entities.components import COMPONENT_TYPES
from modelops_tui.services.exchange.forms import (
    FLAG,
    MAP,
    TEXT,
    TIME,
    TITLE,
    WORDS,
    Choice,
    Form,
    Many,
    Number,
    Pair,
    Pointer,
)
from modelops_tui.services.exchange.odtp_forms import (
    DATA_MAPS,
    DEVICE_MAPS,
    PARAMETER_MAPS,
    PORT_MAPS,
    SECRET_MAPS,
    TOOL_MAPS,
    BuildArguments,
    Metadata,
    PortMappings,
    no_metadata,
)

TYPES: Final = Choice(COMPONENT_TYPES)


class OneLine(Form):
    """Text in one line; breaks become blanks and the original is kept."""

    restores = True

    def take(self, value: Any, taking: Any, path: str) -> Any:
        """The text in one line."""
        found = TEXT.take(value, taking, path)
        if isinstance(found, str) and found != (line := " ".join(found.splitlines())):
            taking.keep(path, found)
            return line
        return found

    def give(self, value: Any, giving: Any, path: str) -> Any:
        """The text."""
        return value


LINE: Final = OneLine()


def _same(form: Form, *names: str, **more: Any) -> tuple[Pair, ...]:
    return tuple(Pair(name, name, form, **more) for name in names)


DEPRECATED: Final = Pair("deprecated", "deprecated", FLAG, empty=False)
TIMES: Final = (
    Pair("created_at", "created_at", TIME, also=("createdAt",)),
    Pair("updated_at", "updated_at", TIME, also=("updatedAt",)),
)
CAMEL_TIMES: Final = (Pair("created_at", "createdAt", TIME), Pair("updated_at", "updatedAt", TIME))
PAIRS: Final[dict[str, tuple[Pair, ...]]] = {
    "user": (
        Pair("display_name", "displayName", LINE, also=("display_name", "name"), empty=""),
        *_same(TEXT, "email", empty=""),
        *_same(LINE, "github", empty=""),
    ),
    "digital-twin": (
        *_same(TITLE, "name"),
        *_same(Choice(("active", "archived")), "status", empty="active"),
        *_same(FLAG, "public", empty=True),
        DEPRECATED,
    ),
    "component": (
        *_same(LINE, "author", empty=""),
        Pair("name", "componentName", TITLE),
        Pair("repo_link", "repoLink", TEXT),
        *_same(LINE, "status", empty="active"),
        *_same(TYPES, "type", empty="ephemeral"),
        *_same(TEXT, "description", empty=""),
        *_same(WORDS, "tags", empty=list),
        DEPRECATED,
    ),
    "component-version": (
        *_same(LINE, "odtp_version", empty=""),
        DEPRECATED,
        Pair("commit_hash", "commitHash", LINE),
        Pair("image_link", "imageLink", LINE, also=("dockerHubLink",), empty=""),
        Pair("parameters", "parameters", PARAMETER_MAPS, also=("paramters",), empty=None),
        *_same(TEXT, "description", empty=""),
        *_same(TYPES, "type", empty="ephemeral"),
        *_same(WORDS, "tags", empty=list),
        Pair("tools", "tools", TOOL_MAPS, empty=None),
        Pair("license", "license", LINE, also=("licence",), empty=""),
        Pair("ports", "ports", PORT_MAPS, empty=list),
        Pair("secrets", "secrets", SECRET_MAPS, empty=list),
        Pair("devices", "devices", DEVICE_MAPS, empty=list),
        Pair("data_inputs", "data-inputs", DATA_MAPS, empty=None),
        Pair("data_outputs", "data-outputs", DATA_MAPS, also=("data-output",), empty=None),
        Pair("build_args", "build-args", BuildArguments(), empty=None),
    ),
    "workflow": (DEPRECATED,),
    "execution": (
        *_same(TITLE, "title"),
        *_same(TEXT, "description", empty=""),
        DEPRECATED,
        *_same(TIME, "start_timestamp", "end_timestamp", empty=None),
        *_same(LINE, "execution_path", empty=None, local=True),
    ),
    "step": (
        *_same(TIME, "timestamp", "start_timestamp", "end_timestamp", empty=None),
        *_same(TYPES, "type", empty="ephemeral"),
        *_same(MAP, "inputs", "outputs", "parameters", empty=dict),
        Pair("ports", "ports", PortMappings(), empty=None),
        *_same(FLAG, "run_step", empty=True),
    ),
    "output": (
        *_same(Choice(("output", "snapshot")), "output_type", empty="output"),
        *_same(LINE, "s3_bucket", "s3_key", "file_name", "file_type", empty=""),
        *_same(Number(True, 0), "file_size", empty=0),
        *_same(Metadata(), "metadata", empty=no_metadata),
    ),
    "log": (*_same(TIME, "timestamp"), *_same(TEXT, "logstring", empty="")),
    "result": (
        *_same(TITLE, "title"),
        *_same(TEXT, "description", empty=""),
        *_same(WORDS, "tags", empty=list),
        Pair("executions", "executions", Many(Pointer("execution", "object")), also=("executionRef",), empty=list),
        Pair("outputs", "output", Many(Pointer("output", "object")), also=("outputs",), empty=list),
    ),
}


def version_title(component: str, version: str) -> str:
    """The title of a version that has none of its own."""
    return f"{component} {version}".strip()
