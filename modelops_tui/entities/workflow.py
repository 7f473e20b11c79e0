"""Workflow: twins, components, workflows, and the record of their runs. Nothing is run here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelops_tui.entities.components import COMPONENT_TYPES, TAGS, count_of, deprecated
from modelops_tui.entities.components import KINDS as COMPONENT_KINDS
from modelops_tui.entities.field import Auto, Document, Field
from modelops_tui.entities.kind import READ_ONLY, Computed, Kind, Moves, Reader, Unique, pointer_term
from modelops_tui.entities.scalars import (
    FREE_TEXT,
    LINE,
    SHA256_TEXT,
    TITLE,
    Anything,
    Boolean,
    Choice,
    Number,
    PortMapping,
    Time,
)
from modelops_tui.entities.structures import (
    CASCADE,
    KEEP,
    NULLIFY,
    RESTRICT,
    Entries,
    FreeMap,
    Group,
    Items,
    Reference,
    SecretPlace,
    Snapshot,
)
from modelops_tui.errors import Problem

WORDS = Items(LINE, distinct=True)
STEP_STATES = ("WAITING", "RUNNING", "FINISHED", "FAILED", "CANCELLED", "REUSED", "SKIPPED")
SETTLED = ("FINISHED", "REUSED", "SKIPPED")


def steps_in_order(document: Document, reader: Reader) -> list[Document]:
    """The steps of an execution, first to last."""
    steps = reader.find("step", pointer_term(document["id"]))
    return sorted(steps, key=lambda step: step.get("index") or 0)


def execution_steps(document: Document, reader: Reader) -> list[str]:
    """The ids of an execution's steps, first to last."""
    return [step["id"] for step in steps_in_order(document, reader)]


def execution_status(document: Document, reader: Reader) -> str:
    """The status of an execution, worked out from the states of its steps."""
    states = [step.get("state") or "WAITING" for step in steps_in_order(document, reader)]
    if any(state == "RUNNING" for state in states):
        return "RUNNING"
    if any(state == "FAILED" for state in states):
        return "FAILED"
    if any(state == "CANCELLED" for state in states):
        return "CANCELLED"
    if states and all(state in SETTLED for state in states):
        return "FINISHED"
    if any(state in SETTLED for state in states):
        return "RUNNING" if document.get("start_timestamp") and not document.get("end_timestamp") else "PREPARED"
    return "PREPARED" if document.get("prepared_at") else "NEW"


def steps_form_a_graph(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """Step names are there once, `after` names steps that exist, and no step waits for itself."""
    steps = after.get("steps") or []
    names = [step.get("name") for step in steps]
    waits = {step.get("name"): list(step.get("after") or []) for step in steps}
    for index, step in enumerate(steps):
        for name in step.get("after") or []:
            if name not in names:
                yield Problem(f"steps[{index}].after", f"names a step that is not there: {name}.")
    cycle = find_cycle(waits)
    if cycle:
        yield Problem("steps", f"wait for each other in a circle: {' → '.join(cycle)}.")


def find_cycle(waits: dict[Any, list[Any]]) -> list[str]:
    """The names of one circle in a graph given as name → names it waits for, or nothing."""
    ready = {name for name, others in waits.items() if not [other for other in others if other in waits]}
    left = dict(waits)
    while ready:
        left = {name: others for name, others in left.items() if name not in ready}
        ready = {name for name, others in left.items() if not [other for other in others if other in left]}
    if not left:
        return []
    path = [next(iter(left))]
    while True:
        step = next(other for other in left[path[-1]] if other in left)
        if step in path:
            return [str(name) for name in [*path[path.index(step) :], step]]
        path.append(step)


def executions_of_the_twin(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """A result compares executions of its own twin."""
    for index, id in enumerate(after.get("executions") or []):
        execution = reader.get("execution", id)
        if execution is not None and execution.get("digital_twin") != after.get("digital_twin"):
            yield Problem(f"executions[{index}]", f"belongs to another twin: {execution.get('title')}.")


DIGITAL_TWIN = Kind(
    "digital-twin",
    area="workflow",
    shorts=("dt",),
    key=("user", "name"),
    says="A person's project of executions.",
    unique=(Unique(("user", "name")),),
    fields=(
        Field(
            "user", Reference("user", RESTRICT), "Who owns it.", required=True, default=Auto.ACTING_USER, column=True
        ),
        Field("name", TITLE, "Unique for its user.", required=True, column=True),
        Field("status", Choice(("active", "archived")), "Whether it is worked on.", default="active", column=True),
        Field("public", Boolean(), "Whether everybody may see it.", default=True, column=True),
        deprecated(),
    ),
    computed=(
        Computed("executions", Number(whole=True), "How many executions it has.", count_of("execution"), column=True),
    ),
)

WORKFLOW_STEP = Group(
    (
        Field("name", LINE, "Name of the step, unique in the workflow.", required=True),
        Field("version", Reference("component-version", RESTRICT), "Component version it runs.", required=True),
        Field("after", WORDS, "Steps that must be done before."),
        Field("parameters", FreeMap(), "Parameters of the step."),
    ),
    "a step: name, version, after, parameters",
)

WORKFLOW = Kind(
    "workflow",
    area="workflow",
    key=("name",),
    says="Component versions in an order, or a graph of them.",
    snapshot=("name", "steps"),
    checks=(steps_form_a_graph,),
    fields=(
        Field("name", TITLE, "Its name.", required=True, column=True),
        Field(
            "steps",
            Items(WORKFLOW_STEP, distinct_by="name", least=1),
            "What runs, in order.",
            required=True,
            column=True,
        ),
        deprecated(),
    ),
    computed=(
        Computed(
            "executions", Number(whole=True), "How many executions implement it.", count_of("execution"), column=True
        ),
    ),
)

EXECUTION = Kind(
    "execution",
    area="workflow",
    key=("digital_twin", "title"),
    says="A workflow with its configuration and its runs.",
    unique=(Unique(("digital_twin", "title")),),
    fields=(
        Field(
            "digital_twin",
            Reference("digital-twin", RESTRICT),
            "Twin it belongs to.",
            required=True,
            fixed=True,
            column=True,
        ),
        Field("title", TITLE, "Unique in its twin.", required=True, column=True),
        Field("description", FREE_TEXT, "What it is for."),
        Field("tags", TAGS, "Words to find it by.", default=[], column=True),
        Field(
            "workflow",
            Reference("workflow", RESTRICT),
            "Workflow it implements.",
            required=True,
            fixed=True,
            column=True,
        ),
        Field("workflow_schema", Snapshot("workflow", follows="workflow"), "The workflow as it was.", set_by="program"),
        Field("start_timestamp", Time(), "When it last started.", set_by="run", column=True),
        Field("end_timestamp", Time(), "When it last ended.", set_by="run"),
        Field("executor", LINE, "Program that runs the workflow.", set_by="run"),
        Field("executor_version", LINE, "Version of that program.", set_by="run"),
        Field("execution_path", LINE, "Its folder on this machine.", local=True, set_by="run"),
        Field("prepared_at", Time(), "When its images were ready.", set_by="run"),
        Field("runs", Number(whole=True, least=0), "How often it ran.", default=0, set_by="run", column=True),
        deprecated(),
    ),
    computed=(
        Computed(
            "status",
            Choice(("NEW", "PREPARED", "RUNNING", "FINISHED", "FAILED", "CANCELLED")),
            "Where it stands.",
            execution_status,
            column=True,
        ),
        Computed("steps", Items(Reference("step", KEEP)), "Its steps in order.", execution_steps),
    ),
)

ATTEMPT = Group(
    (
        Field("number", Number(whole=True, least=1), "Which attempt.", required=True),
        Field("state", Choice(STEP_STATES), "How it ended."),
        Field("start_timestamp", Time(), "When it started."),
        Field("end_timestamp", Time(), "When it ended."),
        Field("exit_code", Number(whole=True), "What the container ended with."),
        Field("msg", FREE_TEXT, "What it said when it failed."),
        Field("output", Reference("output", NULLIFY), "What it made."),
        Field("trace", FreeMap(), "Memory, processor time and bytes."),
    )
)

SECRET_PLACE = SecretPlace(
    (
        Field("chest", Reference("treasure-chest", RESTRICT), "Chest that holds the secret.", required=True),
        Field("entry", LINE, "Entry in the chest.", required=True),
    ),
    "a chest and its entry, as chest/entry",
)


def step_label(document: Document) -> str:
    """What a step is called beside its number."""
    return str(document.get("name") or document.get("index") or "")


STEP = Kind(
    "step",
    area="workflow",
    key=("execution", "index"),
    key_sign="#",
    says="One component version inside an execution.",
    unique=(Unique(("execution", "index")),),
    verbs=("list", "show", "set", "edit", "refs", "history"),
    moves=Moves(
        "state",
        {
            "WAITING": ("RUNNING", "FAILED", "CANCELLED", "REUSED", "SKIPPED"),
            "RUNNING": ("FINISHED", "FAILED", "CANCELLED"),
            "FINISHED": ("WAITING",),
            "FAILED": ("WAITING",),
            "CANCELLED": ("WAITING",),
            "REUSED": ("WAITING",),
            "SKIPPED": ("WAITING",),
        },
    ),
    label=step_label,
    fields=(
        Field(
            "execution",
            Reference("execution", CASCADE),
            "Execution it belongs to.",
            required=True,
            set_by="run",
            column=True,
        ),
        Field(
            "index", Number(whole=True, least=0), "Place in the execution.", required=True, set_by="run", column=True
        ),
        Field("name", LINE, "Its name in the workflow.", set_by="run", column=True),
        Field(
            "component_version",
            Reference("component-version", RESTRICT),
            "What it runs.",
            required=True,
            set_by="run",
            column=True,
        ),
        Field("type", Choice(COMPONENT_TYPES), "How it runs.", default="ephemeral", set_by="run"),
        Field("state", Choice(STEP_STATES), "Where it stands.", default="WAITING", set_by="run", column=True),
        Field("after", WORDS, "Steps that must be done before.", default=[], set_by="run"),
        Field("parameters", FreeMap(), "Parameters it runs with.", default={}),
        Field("ports", Items(PortMapping()), "Published ports, as host:container.", default=[]),
        Field("inputs", FreeMap(), "What it read.", default={}, set_by="run"),
        Field("outputs", FreeMap(), "What it wrote.", default={}, set_by="run"),
        Field("secrets", Entries(SECRET_PLACE), "Chest entry of each secret; never the value."),
        Field("run_step", Boolean(), "Whether it runs next time.", default=True, column=True),
        Field("error", Boolean(), "Whether its last run failed.", default=False, set_by="run"),
        Field("msg", FREE_TEXT, "What it said when it failed.", set_by="run"),
        Field("timestamp", Time(), "When it was made.", set_by="run"),
        Field("start_timestamp", Time(), "When it last started.", set_by="run", column=True),
        Field("end_timestamp", Time(), "When it last ended.", set_by="run"),
        Field("machine", LINE, "Store that runs it.", set_by="run"),
        Field("output", Reference("output", NULLIFY), "What its latest attempt made.", set_by="run"),
        Field("attempts", Items(ATTEMPT, distinct_by="number"), "Every attempt, with its own output.", set_by="run"),
    ),
)

OUTPUT = Kind(
    "output",
    area="workflow",
    says="What a step made.",
    verbs=("list", "show", "set", "edit", "rm", "refs", "history"),
    label=("step", "file_name"),
    fields=(
        Field("step", Reference("step", CASCADE), "Step that made it.", required=True, set_by="run", column=True),
        Field(
            "output_type",
            Choice(("output", "snapshot")),
            "A result, or the state of the folder.",
            default="output",
            set_by="run",
            column=True,
        ),
        Field("s3_bucket", LINE, "Bucket it was uploaded to.", set_by="run"),
        Field("s3_key", LINE, "Its key in the bucket.", set_by="run"),
        Field("file_name", LINE, "Name of the file.", set_by="run", column=True),
        Field("file_size", Number(whole=True, least=0), "Bytes.", set_by="run", column=True),
        Field("file_type", LINE, "Media type.", set_by="run", column=True),
        Field("sha256", SHA256_TEXT, "SHA-256 of the content.", set_by="run"),
        Field(
            "metadata",
            Group(
                (
                    Field("description", FREE_TEXT, "What it holds."),
                    Field("tags", TAGS, "Words to find it by."),
                    Field("other_info", Anything(), "Anything else."),
                )
            ),
            "What is known about it.",
            default={},
        ),
        Field(
            "access_control",
            Group(
                (
                    Field("public", Boolean(), "Whether everybody may read it.", default=False),
                    Field("authorized_users", Items(Reference("user", KEEP), distinct=True), "Who else may read it."),
                )
            ),
            "Who may read it.",
            default={"public": False},
        ),
    ),
)

LOG = Kind(
    "log",
    area="workflow",
    says="A page of lines that a step wrote.",
    verbs=READ_ONLY,
    label=("step", "attempt", "timestamp"),
    fields=(
        Field("step", Reference("step", CASCADE), "Step that wrote it.", required=True, column=True),
        Field("attempt", Number(whole=True, least=1), "Attempt that wrote it.", column=True),
        Field("timestamp", Time(), "When it was written.", column=True),
        Field("logstring", FREE_TEXT, "The lines.", column=True),
    ),
)

RESULT = Kind(
    "result",
    area="workflow",
    key=("digital_twin", "title"),
    says="A shared comparison of several executions of a twin.",
    unique=(Unique(("digital_twin", "title")),),
    checks=(executions_of_the_twin,),
    fields=(
        Field(
            "digital_twin",
            Reference("digital-twin", CASCADE),
            "Twin it belongs to.",
            required=True,
            fixed=True,
            column=True,
        ),
        Field("title", TITLE, "Unique in its twin.", required=True, column=True),
        Field("description", FREE_TEXT, "What it shows.", column=True),
        Field("tags", TAGS, "Words to find it by.", default=[]),
        Field(
            "executions",
            Items(Reference("execution", NULLIFY, restrict_last=True), distinct=True, least=1),
            "Executions it compares.",
            required=True,
            column=True,
        ),
        Field("outputs", Items(Reference("output", NULLIFY), distinct=True), "Outputs it combines.", default=[]),
    ),
)

KINDS = (DIGITAL_TWIN, *COMPONENT_KINDS, WORKFLOW, EXECUTION, STEP, OUTPUT, LOG, RESULT)
