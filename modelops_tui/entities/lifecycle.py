"""Lifecycle: projects, what they build, train and deploy, and the credentials they use. No run is started here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from modelops_tui.entities.field import Auto, Document, Field
from modelops_tui.entities.kind import Computed, Kind, Moves, Reader, Unique, value_at
from modelops_tui.entities.scalars import (
    DESCRIPTION,
    LINE,
    SHA256_TEXT,
    TAG,
    URL_TEXT,
    Boolean,
    Choice,
    FileName,
    InsidePath,
    Number,
    Slug,
    Text,
    Time,
    shown,
)
from modelops_tui.entities.sealed_form import ENTRY_NAME, SEAL_FORM
from modelops_tui.entities.structures import (
    CASCADE,
    KEEP,
    NULLIFY,
    RESTRICT,
    Entries,
    FreeMap,
    Group,
    Items,
    KeyText,
    Reference,
    Sealed,
    Snapshot,
)
from modelops_tui.errors import Problem

TASK_MOVES = {"WAITING": ("RUNNING", "FAILED", "CANCELLED"), "RUNNING": ("FINISHED", "FAILED", "CANCELLED")}
TASK_STATES = ("WAITING", "RUNNING", "FINISHED", "FAILED", "CANCELLED")

TASK = Group(
    (
        Field("state", Choice(TASK_STATES), "Where it stands.", required=True, default="WAITING"),
        Field("progress", Number(least=0, most=1), "How much is done, from 0 to 1.", default=0),
        Field("start_time", Time(), "When it started."),
        Field("update_time", Time(), "When its state or progress last changed."),
    ),
    "a task with state and progress",
)

FILE_DOC = Group(
    (
        Field("name", FileName(), "Name of the file, without a path.", required=True),
        Field("desc", DESCRIPTION, "What the file holds."),
        Field("required", Boolean(), "Whether the file can never be left out.", default=True),
        Field("max_mb", Number(above=0), "Largest size in MB.", default=2048),
    ),
    "a file doc: name, desc, required, max_mb",
)

STORED_FILES = Items(
    Group(
        (
            Field("name", InsidePath(), "Path inside the set.", required=True),
            Field("size", Number(whole=True, least=0), "Bytes.", required=True),
            Field("sha256", SHA256_TEXT, "SHA-256 of the content.", required=True),
        )
    ),
    distinct_by="name",
)


def running(document: Document) -> bool:
    """Whether a training runs, so that what it reads must stay."""
    return bool(value_at(document, "task.state") == "RUNNING")


def task_is_sound(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """Progress never falls, and what is finished is done."""
    state, progress = value_at(after, "task.state"), value_at(after, "task.progress")
    if before is not None and (value_at(before, "task.progress") or 0) > (progress or 0):
        yield Problem("task.progress", "cannot fall.")
    if state == "FINISHED" and progress != 1:
        yield Problem("task.progress", "must be 1 when the state is FINISHED.")


def the_only_model(document: Document, reader: Reader) -> Any:
    """The project's model where there is exactly one."""
    models = document.get("models") or []
    return models[0] if len(models) == 1 else None


def availability(document: Document, reader: Reader) -> float:
    """Healthy replicas divided by the replicas wanted (0 to 1)."""
    tasks = (document.get("tasks") or {}).values()
    serving = sum(1 for task in tasks if task.get("state") == "FINISHED")
    return round(min(1.0, serving / (document.get("replicas") or 1)), 3)


PROJECT = Kind(
    "project",
    area="lifecycle",
    shorts=("proj",),
    key=("name",),
    key_ignores_case=True,
    says="What is worked on: a repository, its models, and everything made for them.",
    unique=(Unique(("name",), ignoring_case=True),),
    snapshot=("name", "desc", "home_dir", "git_repo", "docker_repo"),
    fields=(
        Field("name", Slug(), "Unique, ignoring case.", required=True, column=True),
        Field("desc", DESCRIPTION, "What it is about.", column=True),
        Field("models", Items(Reference("model", RESTRICT), distinct=True), "Models it uses.", default=[], column=True),
        Field("home_dir", LINE, "Folder of the project on this machine.", local=True),
        Field("git_repo", URL_TEXT, "Its remote Git repository."),
        Field("docker_repo", LINE, "Its remote Docker repository."),
    ),
    computed=(Computed("model", Reference("model", KEEP), "The only model, where there is just one.", the_only_model),),
)

BUILD_VERSION = Kind(
    "build-version",
    area="lifecycle",
    shorts=("bvers", "bv"),
    key=("project", "tag"),
    says="A Docker image that was built from a project.",
    unique=(Unique(("project", "tag")),),
    snapshot=("tag", "project", "docker_id", "git_version", "built_at"),
    fields=(
        Field(
            "project",
            Reference("project", CASCADE),
            "Project it was built from.",
            required=True,
            fixed=True,
            column=True,
        ),
        Field("tag", TAG, "Docker tag, unique in its project.", required=True, default="latest", column=True),
        Field("docker_id", LINE, "Id that Docker gave the image.", required=True, column=True),
        Field("git_version", LINE, "Git hash of the last commit before it was built."),
        Field("built_at", Time(), "When it was built.", required=True, column=True),
        Field(
            "built_from", Choice(("local", "git", "pre-built")), "Where it was built from.", required=True, column=True
        ),
    ),
)

MODEL = Kind(
    "model",
    area="lifecycle",
    key=("name",),
    says="A template: which files make up a model, and which a dataset to train it.",
    unique=(Unique(("name",)),),
    snapshot=("name", "desc", "model_files", "data_files"),
    fields=(
        Field("name", Slug(), "Unique.", required=True, column=True),
        Field("desc", DESCRIPTION, "What it predicts.", column=True),
        Field(
            "model_files",
            Items(FILE_DOC, distinct_by="name"),
            "Files that a model version consists of.",
            default=[],
            column=True,
        ),
        Field(
            "data_files",
            Items(FILE_DOC, distinct_by="name"),
            "Files that a dataset consists of.",
            default=[],
            column=True,
        ),
    ),
)


def lightweight_is_small(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """Light storage is for models whose file docs exist and are all at most 10 MB."""
    if not after.get("lightweight"):
        return
    model = reader.get("model", str(after.get("model"))) or {}
    documents = model.get("data_files" if "stored" in after else "model_files") or []
    if not documents or any(item.get("max_mb", 2048) > 10 for item in documents):
        yield Problem("lightweight", "needs a model whose file docs are all at most 10 MB.")


DATASET = Kind(
    "dataset",
    area="lifecycle",
    shorts=("ds",),
    key=("model", "name"),
    says="Data that a model is trained with.",
    unique=(Unique(("model", "name")),),
    snapshot=("name", "model", "stored", "compressed", "details", "lightweight"),
    checks=(lightweight_is_small,),
    fields=(
        Field("model", Reference("model", CASCADE), "Model it belongs to.", required=True, fixed=True, column=True),
        Field("name", Slug(), "Unique in its model.", required=True, column=True),
        Field("stored", Boolean(), "Whether its files are kept in the blob store.", default=True, column=True),
        Field("details", FreeMap(), "Anything worth knowing about it.", default={}, column=True),
        Field("compressed", Boolean(), "Whether its files are one tar.gz.", default=False),
        Field("lightweight", Boolean(), "Whether its files always travel with sync.", default=False),
        Field("files", STORED_FILES, "The files that are kept.", set_by="run", column=True),
    ),
)

TRAINING = Kind(
    "training",
    area="lifecycle",
    shorts=("train",),
    key=("project", "name"),
    says="A run of a project's notebook that may yield a model version.",
    unique=(Unique(("project", "name")),),
    snapshot=("name", "project", "bvers", "notebook", "details"),
    listed=("task", "task.start_time", "details", "notebook"),
    moves=Moves("task.state", TASK_MOVES),
    checks=(task_is_sound,),
    fields=(
        Field(
            "project", Reference("project", CASCADE), "Project it belongs to.", required=True, fixed=True, column=True
        ),
        Field("name", Slug(), "Unique in its project.", required=True, column=True),
        Field(
            "task",
            TASK,
            "Its progress and state.",
            default={"state": "WAITING", "progress": 0},
            set_by="run",
            column=True,
        ),
        Field("bvers", Snapshot("build-version"), "Image it ran in."),
        Field("notebook", InsidePath(), "Notebook inside the project.", required=True, column=True),
        Field("details", FreeMap(), "Parameters, metrics, exit code, and anything else.", default={}, column=True),
        Field("model_version", Reference("model-version", NULLIFY), "Model version it made.", set_by="run"),
        Field(
            "datasets",
            Items(Reference("dataset", NULLIFY, restrict_while=running, while_says="while it runs"), distinct=True),
            "Data it read.",
            default=[],
        ),
        Field(
            "pretrained",
            Items(
                Reference("model-version", NULLIFY, restrict_while=running, while_says="while it runs"), distinct=True
            ),
            "Model versions it started from.",
            default=[],
        ),
        Field("machine", LINE, "Store that runs it.", set_by="run"),
    ),
)

MODEL_VERSION = Kind(
    "model-version",
    area="lifecycle",
    shorts=("movers", "mv"),
    key=("model", "name"),
    says="A trained model, kept with what it came from.",
    unique=(Unique(("model", "name")),),
    snapshot=("name", "model", "train", "ds", "compressed", "details", "lightweight", "pretrained"),
    checks=(lightweight_is_small,),
    fields=(
        Field(
            "model",
            Reference("model", CASCADE),
            "Model whose template shapes it.",
            required=True,
            fixed=True,
            column=True,
        ),
        Field("name", Slug(), "Unique in its model.", required=True, column=True),
        Field("train", Snapshot("training"), "Training that made it.", column=True),
        Field("ds", Snapshot("dataset"), "Dataset it was trained with.", column=True),
        Field("details", FreeMap(), "Metrics and anything else.", default={}, column=True),
        Field("pretrained", Snapshot("model-version"), "Model version it was trained from."),
        Field("compressed", Boolean(), "Whether its files are one tar.gz.", default=False),
        Field("lightweight", Boolean(), "Whether its files always travel with sync.", default=False),
        Field("files", STORED_FILES, "The files that are kept.", set_by="run"),
    ),
)

DEPLOYMENT = Kind(
    "deployment",
    area="lifecycle",
    shorts=("depl",),
    key=("project", "name"),
    says="Identical containers that serve predictions.",
    unique=(Unique(("project", "name")),),
    fields=(
        Field(
            "project", Reference("project", CASCADE), "Project it belongs to.", required=True, fixed=True, column=True
        ),
        Field("name", Slug(), "Unique in its project.", required=True, column=True),
        Field("movers", Items(Snapshot("model-version")), "Model versions it serves.", default=[], column=True),
        Field("bvers", Snapshot("build-version"), "Image its containers are made from."),
        Field("notebook", InsidePath(), "Notebook or module that predicts.", required=True, column=True),
        Field("details", FreeMap(), "Anything worth knowing about it.", default={}),
        Field("replicas", Number(whole=True, least=1), "How many containers are wanted.", default=1, column=True),
        Field("host_port", Number(whole=True, least=1, most=65535), "Port on the host."),
        Field("machine", LINE, "Store that runs it.", set_by="run"),
        Field("tasks", Entries(TASK), "Task of each container; FINISHED means that it serves.", set_by="run"),
    ),
    computed=(Computed("availability", Number(), "Healthy replicas divided by replicas.", availability, column=True),),
)

TOKEN_END = KeyText(44, lines=False, form=SEAL_FORM, says="the last 44 signs of a sealed value")
CHEST_ENTRY = Group(
    (
        Field("fields", Entries(Sealed()), "Sealed values by their names."),
        Field("version", Number(whole=True, least=1), "How often it was sealed.", set_by="vault"),
        Field("key_epoch", Number(whole=True, least=1), "Chest key it is sealed under.", set_by="vault"),
        Field("seals", Entries(TOKEN_END), "End of each sealed value, with its signature.", set_by="vault"),
    )
)

CHEST_HEADER = Group(
    (
        Field(
            "recipients",
            Items(
                Group(
                    (
                        Field("user", Reference("user", KEEP), "Who may open it.", required=True),
                        Field("public_key", Text(64, lines=False), "Key it is wrapped for."),
                        Field(
                            "wrapped_key",
                            KeyText(4096, lines=False, says="a wrapped key"),
                            "Chest key wrapped for that user.",
                        ),
                    )
                ),
                distinct_by="user",
            ),
            "Who may open it.",
        ),
        Field("epoch", Number(whole=True, least=1), "Number of the chest key."),
        Field("lineage", KeyText(8192, lines=False, says="a seal"), "Sealed marks of the keys before."),
        Field("mac", KeyText(256, lines=False, says="a seal"), "Seal over the header."),
    )
)

CHEST_REVEAL = Group(
    (
        Field("at", Time(), "When.", required=True),
        Field("by", Reference("user", KEEP), "Who.", required=True),
        Field("what", LINE, "Which entries; never a value.", required=True),
        Field("times", Number(whole=True, least=1), "How many reveals there were.", required=True),
    ),
    "who saw which entry, and when",
)


def entries_have_plain_names(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """Names of entries and fields can stand in a variable, a path and a sentence, whoever made them."""
    for entry, there in (after.get("entries") or {}).items():
        if not all(ENTRY_NAME.match(name) for name in (entry, *(there.get("fields") or {}))):
            yield Problem(f"entries.{shown(entry)}", "and its fields must be letters, digits, '_' and '-'.")


def sealed_for_its_owner(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """What is sealed has a header, and the owner that the header vouches for stays."""
    if after.get("entries") and not after.get("header"):
        yield Problem("entries", "need the header that they are sealed under.")
    if before is None or not before.get("header") or before.get("owner") == after.get("owner"):
        return
    if before.get("header") == after.get("header"):
        yield Problem("owner", "cannot change while the chest is sealed for its owner; share the chest instead.")


TREASURE_CHEST = Kind(
    "treasure-chest",
    area="lifecycle",
    shorts=("tchest",),
    key=("name",),
    says="Credentials, sealed for their owner and the people they are shared with.",
    unique=(Unique(("name",)),),
    checks=(entries_have_plain_names, sealed_for_its_owner),
    fields=(
        Field("name", Slug(), "Unique.", required=True, column=True),
        Field("owner", Reference("user", KEEP), "Who opens it.", required=True, default=Auto.ACTING_USER, column=True),
        Field("desc", DESCRIPTION, "What it is for.", column=True),
        Field("details", FreeMap(), "Anything worth knowing about it; never a secret.", default={}),
        Field("entries", Entries(CHEST_ENTRY), "Sealed credentials by their names.", set_by="vault"),
        Field("header", CHEST_HEADER, "Recipients and their keys.", set_by="vault"),
        Field("revealed", CHEST_REVEAL, "When a secret of it was last seen.", set_by="vault", local=True),
    ),
)

KINDS = (PROJECT, BUILD_VERSION, MODEL, DATASET, TRAINING, MODEL_VERSION, DEPLOYMENT, TREASURE_CHEST)
