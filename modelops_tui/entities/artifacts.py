"""Artifacts: versioned files with private drafts and reviewable changes. Who may see them is not decided here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

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
    InsidePath,
    Number,
    Text,
    Time,
)
from modelops_tui.entities.structures import CASCADE, KEEP, NULLIFY, RESTRICT, Items, Reference, Snapshot
from modelops_tui.errors import Problem

SANDBOX, PUBLISHED = "SANDBOX", "PUBLISHED"
NEVER_CHANGES = ("artifact", "parent", "state", "number", "path", "content", "deleted")


def in_sandbox(document: Document) -> bool:
    """Whether a revision is still private to its owner."""
    return document.get("state") == SANDBOX


def is_published(document: Document) -> bool:
    """Whether a revision is there for everybody."""
    return document.get("state") == PUBLISHED


def revisions_of(artifact: Document, reader: Reader) -> list[Document]:
    """The revisions of an artifact that `reader` sees."""
    found = reader.find("artifact-revision", pointer_term(artifact["id"]))
    return [revision for revision in found if revision.get("artifact") == artifact["id"]]


def latest_revision(artifact: Document, reader: Reader) -> Document | None:
    """The published revision with the highest number, else the only thing there is: a sandbox revision."""
    revisions = revisions_of(artifact, reader)
    return max(revisions, key=lambda revision: revision.get("number") or 0, default=None)


def latest_value(name: str) -> Any:
    """A computed value: the field `name` of the latest revision."""

    def compute(document: Document, reader: Reader) -> Any:
        latest = latest_revision(document, reader)
        return latest.get(name) if latest else None

    return compute


def artifact_name(document: Document, reader: Reader) -> Any:
    """The last element of the latest revision's path."""
    latest = latest_revision(document, reader)
    return str(latest.get("path")).rsplit("/", 1)[-1] if latest else None


def revision_name(document: Document, reader: Reader) -> str:
    """The last element of the revision's path."""
    return str(document.get("path") or "").rsplit("/", 1)[-1]


def revision_project(document: Document, reader: Reader) -> Any:
    """The project of the revision's artifact."""
    artifact = reader.get("artifact", str(document.get("artifact")))
    return artifact.get("project") if artifact else None


def revision_is_sound(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """A sandbox has number 0 and an owner; a published revision has a number, no owner, and does not change."""
    number, owner = after.get("number") or 0, after.get("owner")
    if in_sandbox(after):
        if number != 0:
            yield Problem("number", "must be 0 in a sandbox.")
        if owner is None:
            yield Problem("owner", "is required in a sandbox.")
        if before is not None and is_published(before):
            yield Problem("state", "cannot go back to SANDBOX: what is published stays published.")
    else:
        if number < 1:
            yield Problem("number", "must be at least 1 when published.")
        if owner is not None:
            yield Problem("owner", "must be empty when published.")
        if before is not None and is_published(before):
            for name in NEVER_CHANGES:
                if before.get(name) != after.get(name):
                    yield Problem(name, "cannot change once published; make a new revision.")


def parent_is_published(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """The parent is a published revision of the same artifact."""
    if after.get("parent") is None:
        return
    parent = reader.get("artifact-revision", str(after["parent"]))
    if parent is not None and (not is_published(parent) or parent.get("artifact") != after.get("artifact")):
        yield Problem("parent", "must be a published revision of the same artifact.")


def path_is_free(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """No two artifacts of a project have the same path in their latest published revision."""
    artifact = reader.get("artifact", str(after.get("artifact")))
    if artifact is None or not is_published(after) or not holds_its_path(after, artifact, reader):
        return
    for other in reader.find("artifact-revision", path_term(str(after.get("path")))):
        if other.get("artifact") == artifact["id"] or not is_published(other):
            continue
        owner = reader.get("artifact", str(other.get("artifact")))
        if (
            owner is not None
            and owner.get("project") == artifact.get("project")
            and holds_its_path(other, owner, reader)
        ):
            yield Problem("path", f"is taken by another artifact of the project: {after.get('path')}.")
            return


def holds_its_path(revision: Document, artifact: Document, reader: Reader) -> bool:
    """Whether a published revision is the latest of its artifact and does not remove it."""
    published = [item for item in revisions_of(artifact, reader) if is_published(item)]
    latest = max((item.get("number") or 0 for item in published), default=0)
    return revision.get("number") == latest and not revision.get("deleted")


def numbers_lie_behind(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """The next number is above every number that was given; numbers are never used again."""
    if before is not None and (after.get("next_number") or 1) < (before.get("next_number") or 1):
        yield Problem("next_number", "cannot fall: numbers are never used again.")
    given = max((item.get("number") or 0 for item in revisions_of(after, reader)), default=0)
    if (after.get("next_number") or 1) <= given:
        yield Problem("next_number", f"must be above {given}, the highest number that was given.")


def names_one_resource(before: Document | None, after: Document, reader: Reader) -> Iterator[Problem]:
    """A subscription is to a project or to an artifact, exactly one."""
    if (after.get("project") is None) == (after.get("artifact") is None):
        yield Problem("project", "or artifact must be given, exactly one of them.")


def path_term(path: str) -> str:
    """The lookup term of the revisions that have this path."""
    return f"path {path}"


def revision_terms(document: Document) -> Iterable[str]:
    """A revision is also found by its path."""
    return (path_term(str(document.get("path"))),)


ARTIFACT = Kind(
    "artifact",
    area="artifacts",
    says="A versioned file of a project; its path, name and version are those of its latest revision.",
    verbs=READ_ONLY,
    checks=(numbers_lie_behind,),
    fields=(
        Field(
            "project", Reference("project", CASCADE), "Project it belongs to.", required=True, fixed=True, column=True
        ),
        Field(
            "next_number",
            Number(whole=True, least=1),
            "Number that the next publish gets.",
            default=1,
            set_by="publish",
        ),
    ),
    computed=(
        Computed("path", LINE, "Path of its latest revision.", latest_value("path"), column=True),
        Computed("name", LINE, "Last element of its path.", artifact_name),
        Computed(
            "version",
            Number(whole=True),
            "Number of its latest revision; 0 is a sandbox.",
            latest_value("number"),
            column=True,
        ),
        Computed("deleted", Boolean(), "Whether its latest revision removed it.", latest_value("deleted")),
    ),
)

ARTIFACT_REVISION = Kind(
    "artifact-revision",
    area="artifacts",
    shorts=("rev",),
    says="An artifact's content and metadata at one time.",
    verbs=("list", "show", "set", "edit", "rm", "refs", "history"),
    unique=(
        Unique(("artifact", "number"), when=is_published),
        Unique(("artifact", "owner"), when=in_sandbox),
    ),
    moves=Moves("state", {SANDBOX: (PUBLISHED,)}),
    checks=(revision_is_sound, parent_is_published, path_is_free),
    snapshot=("artifact", "project", "path", "number"),
    more_terms=revision_terms,
    label=lambda document: f"{document.get('path')}@{document.get('number')}",
    fields=(
        Field("artifact", Reference("artifact", CASCADE), "Artifact it is of.", required=True, fixed=True, column=True),
        Field(
            "number",
            Number(whole=True, least=0),
            "1, 2, 3… once published; 0 in a sandbox.",
            default=0,
            set_by="publish",
            column=True,
        ),
        Field(
            "state",
            Choice((SANDBOX, PUBLISHED)),
            "Whether it is private or published.",
            default=SANDBOX,
            set_by="publish",
            column=True,
        ),
        Field(
            "path", InsidePath(), "Path inside the project; the last element is the name.", required=True, column=True
        ),
        Field("parent", Reference("artifact-revision", KEEP), "Revision it was made from.", set_by="publish"),
        Field("content", Reference("artifact-content", RESTRICT), "Its content.", required=True),
        Field("owner", Reference("user", KEEP), "Whose sandbox it is in.", set_by="publish", column=True),
        Field(
            "renumbered_from",
            Number(whole=True, least=1),
            "Number it had before two offline publishes met.",
            set_by="publish",
        ),
        Field("deleted", Boolean(), "Whether publishing it removes the artifact.", default=False, set_by="publish"),
        Field("description", FREE_TEXT, "What changed.", column=True),
        Field("media_type", LINE, "Media type of the content.", column=True),
    ),
    computed=(
        Computed("name", LINE, "Last element of its path.", revision_name),
        Computed("project", Reference("project", KEEP), "Project of its artifact.", revision_project),
    ),
)

ARTIFACT_CONTENT = Kind(
    "artifact-content",
    area="artifacts",
    says="The bytes that revisions share; they lie in the blob store.",
    verbs=READ_ONLY,
    frozen=True,
    unique=(Unique(("sha256", "size")),),
    label=lambda document: str(document.get("sha256"))[:12],
    fields=(
        Field("sha256", SHA256_TEXT, "SHA-256 of the bytes.", required=True, column=True),
        Field("size", Number(whole=True, least=0), "Bytes.", required=True, column=True),
    ),
)

CHECKOUT = Kind(
    "checkout",
    area="artifacts",
    says="What a user works on in one artifact.",
    verbs=READ_ONLY,
    unique=(Unique(("user", "artifact")),),
    label=("user", "artifact"),
    fields=(
        Field("user", Reference("user", KEEP), "Who works on it.", required=True, set_by="publish", column=True),
        Field(
            "artifact",
            Reference("artifact", CASCADE),
            "Artifact that is worked on.",
            required=True,
            set_by="publish",
            column=True,
        ),
        Field(
            "revisions",
            Items(Reference("artifact-revision", NULLIFY), distinct=True),
            "Its sandbox revision.",
            default=[],
            set_by="publish",
            column=True,
        ),
    ),
)

COMMIT = Kind(
    "commit",
    area="artifacts",
    says="Revisions that were published together, by whom and why.",
    verbs=READ_ONLY,
    frozen=True,
    label=lambda document: str(document.get("message")).split("\n", 1)[0],
    fields=(
        Field("user", Reference("user", KEEP), "Who published.", required=True, set_by="publish", column=True),
        Field("message", Text(says="a message"), "Why.", required=True, set_by="publish", column=True),
        Field("timestamp", Time(), "When.", set_by="publish", column=True),
        Field(
            "revisions",
            Items(Snapshot("artifact-revision"), least=1),
            "What was published.",
            required=True,
            set_by="publish",
            column=True,
        ),
    ),
)

GROUP = Kind(
    "group",
    area="artifacts",
    key=("name",),
    says="A named collection of artifacts.",
    unique=(Unique(("owner", "name")),),
    fields=(
        Field("name", TITLE, "Unique for its owner.", required=True, column=True),
        Field("owner", Reference("user", KEEP), "Who made it.", required=True, default=Auto.ACTING_USER, column=True),
        Field("shared", Boolean(), "Whether everybody sees it.", default=False, column=True),
        Field(
            "artifacts", Items(Reference("artifact", NULLIFY), distinct=True), "What is in it.", default=[], column=True
        ),
    ),
)

LOCK = Kind(
    "lock",
    area="artifacts",
    key=("name",),
    says="One user's exclusive hold on an artifact.",
    unique=(Unique(("artifact",), says="has a lock already"),),
    fields=(
        Field("name", TITLE, "Its name.", required=True, column=True),
        Field("artifact", Reference("artifact", CASCADE), "What is locked.", required=True, fixed=True, column=True),
        Field(
            "user",
            Reference("user", KEEP),
            "Who holds it.",
            required=True,
            default=Auto.ACTING_USER,
            fixed=True,
            column=True,
        ),
        Field("since", Time(), "Since when.", default=Auto.NOW, fixed=True, column=True),
        Field("ttl", Number(whole=True, least=1), "Seconds until its holder lets it lapse."),
    ),
)

SUBSCRIPTION = Kind(
    "subscription",
    area="artifacts",
    says="Who is told when a project or an artifact changes.",
    verbs=("list", "show", "new", "set", "edit", "rm", "refs", "history"),
    unique=(Unique(("project",)), Unique(("artifact",))),
    label=("project", "artifact"),
    checks=(names_one_resource,),
    fields=(
        Field("project", Reference("project", CASCADE), "Project that is watched.", fixed=True, column=True),
        Field("artifact", Reference("artifact", CASCADE), "Artifact that is watched.", fixed=True, column=True),
        Field("users", Items(Reference("user", KEEP), distinct=True), "Who is told.", default=[], column=True),
    ),
)

SCM_PLUGIN_STORAGE = Kind(
    "scm-plugin-storage",
    area="artifacts",
    shorts=("scm",),
    says="What a plug-in for source control remembers.",
    verbs=("list", "show", "new", "set", "edit", "rm", "refs", "history"),
    unique=(Unique(("plugin", "repository", "name")),),
    label=("plugin", "repository", "name"),
    fields=(
        Field("plugin", LINE, "Plug-in it belongs to.", required=True, column=True),
        Field("repository", LINE, "External repository.", required=True, column=True),
        Field("name", LINE, "Unique for plug-in and repository.", required=True, column=True),
        Field("value", Anything(), "What is remembered; never a secret.", column=True),
    ),
)

KINDS = (
    ARTIFACT,
    ARTIFACT_REVISION,
    ARTIFACT_CONTENT,
    CHECKOUT,
    COMMIT,
    GROUP,
    LOCK,
    SUBSCRIPTION,
    SCM_PLUGIN_STORAGE,
)
