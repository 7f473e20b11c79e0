"""Delivery: which model goes to which operators, and what became of it. Nothing is sent from here."""

from __future__ import annotations

from collections.abc import Iterator

from modelops_tui.entities.field import Document, Field
from modelops_tui.entities.kind import READ_ONLY, Kind, Reader, Unique
from modelops_tui.entities.scalars import FREE_TEXT, HOST_TEXT, LINE, TITLE, Anything, Boolean, Choice, Number, Time
from modelops_tui.entities.structures import KEEP, NULLIFY, RESTRICT, Group, Items, Reference
from modelops_tui.entities.workflow import SECRET_PLACE
from modelops_tui.errors import Problem


def artifact_is_of_the_project(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """A descriptor's artifact belongs to its project."""
    artifact = reader.get("artifact", str(after.get("artifact"))) if after.get("artifact") else None
    if artifact is not None and after.get("project") is not None and artifact.get("project") != after["project"]:
        yield Problem("artifact", "belongs to another project.")


def revision_is_a_number_or_latest(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """A descriptor names a published number, or −1 for the latest."""
    number = after.get("revision_number")
    if number is not None and number != -1 and number < 1:
        yield Problem("revision_number", f"must be -1 for the latest, or at least 1, not {number}.")


def names_a_destination(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """A target has at least one address or service name."""
    if not after.get("uris") and not after.get("service_names"):
        yield Problem("uris", "or service_names must hold at least one.")


DEPLOYMENT_DESCRIPTOR = Kind(
    "deployment-descriptor",
    area="delivery",
    shorts=("descriptor",),
    key=("name",),
    says="Which model goes where.",
    unique=(Unique(("name",)),),
    checks=(artifact_is_of_the_project, revision_is_a_number_or_latest),
    fields=(
        Field("name", TITLE, "Unique.", required=True, column=True),
        Field("description", FREE_TEXT, "What it is for."),
        Field("project", Reference("project", NULLIFY), "Project of the model.", column=True),
        Field("artifact", Reference("artifact", NULLIFY), "The model, an artifact of the project.", column=True),
        Field(
            "revision_number", Number(whole=True), "Number of the revision; -1 is the latest.", default=-1, column=True
        ),
        Field(
            "targets",
            Items(Reference("deployment-target", RESTRICT), distinct=True),
            "Targets it goes to.",
            default=[],
            column=True,
        ),
        Field(
            "addresses",
            Items(Reference("deployment-service-address", RESTRICT), distinct=True),
            "Service addresses it goes to.",
            default=[],
            column=True,
        ),
        Field("operator", LINE, "Operator at the service addresses."),
    ),
)

DEPLOYMENT_TARGET = Kind(
    "deployment-target",
    area="delivery",
    shorts=("target",),
    key=("name",),
    says="Where models go, for several descriptors to share.",
    unique=(Unique(("name",)),),
    checks=(names_a_destination,),
    fields=(
        Field("name", TITLE, "Unique.", required=True, column=True),
        Field("description", FREE_TEXT, "What runs there.", column=True),
        Field("uris", Items(LINE, distinct=True), "Streaming URIs.", default=[], column=True),
        Field("service_names", Items(LINE, distinct=True), "Service names.", default=[], column=True),
        Field("operator", LINE, "Operator that takes the model.", required=True, column=True),
    ),
)

DEPLOYMENT_SERVICE_ADDRESS = Kind(
    "deployment-service-address",
    area="delivery",
    shorts=("address",),
    key=("name",),
    says="A host and port that takes models.",
    unique=(Unique(("name",)),),
    fields=(
        Field("name", TITLE, "Unique.", required=True, column=True),
        Field("description", FREE_TEXT, "What runs there.", column=True),
        Field("host", HOST_TEXT, "Host name or address.", required=True, column=True),
        Field("port", Number(whole=True, least=1, most=65535), "Port.", required=True, column=True),
        Field("username", LINE, "Who to log in as."),
        Field("password", SECRET_PLACE, "Chest and entry that hold the password."),
    ),
)

DESTINATION = Group(
    (
        Field("kind", LINE, "Kind of destination."),
        Field("name", LINE, "Its name then."),
        Field("uri", LINE, "Where the model went."),
        Field("host", LINE, "Host it went to."),
        Field("port", Number(whole=True), "Port it went to."),
        Field("operator", LINE, "Operator that took it."),
        Field("username", LINE, "Who logged in."),
        Field("outcome", Choice(("SUCCESS", "FAILED", "UNKNOWN")), "What became of it."),
        Field("message", FREE_TEXT, "What was answered."),
        Field("started_at", Time(), "When it began."),
        Field("ended_at", Time(), "When it ended."),
    )
)

DEPLOYMENT_HISTORY = Kind(
    "deployment-history",
    area="delivery",
    shorts=("history",),
    says="What was deployed, where, by whom, and whether it worked.",
    verbs=READ_ONLY,
    frozen=True,
    label=("event", "descriptor", "created_at"),
    fields=(
        Field("event", Choice(("deploy", "create", "modify", "delete")), "What was done.", required=True, column=True),
        Field("user", Reference("user", KEEP), "Who did it.", required=True, column=True),
        Field("descriptor", LINE, "Name of the descriptor then.", column=True),
        Field("model", LINE, "Id of the model's artifact."),
        Field("revision", LINE, "Id of the model's revision."),
        Field("revision_number", Number(whole=True), "Number of that revision.", column=True),
        Field(
            "destinations",
            Items(DESTINATION),
            "Copies of the destinations, with what became of each.",
            default=[],
            column=True,
        ),
        Field("success", Boolean(), "Whether all succeeded.", column=True),
        Field("before", Anything(), "What it was before a change."),
        Field("after", Anything(), "What it was after a change."),
    ),
)

KINDS = (DEPLOYMENT_DESCRIPTOR, DEPLOYMENT_TARGET, DEPLOYMENT_SERVICE_ADDRESS, DEPLOYMENT_HISTORY)
