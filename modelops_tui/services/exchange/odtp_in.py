"""ODTP's documents as ours: what the tables of fields cannot say. It never guesses at what another's run is doing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import quoted
from modelops_tui.entities.kind import Reader
from modelops_tui.errors import Refused
from modelops_tui.services.exchange.namesakes import document_with
from modelops_tui.services.exchange.odtp_database import SYSTEM, Database, OdtpDatabase, listed, versions_of
from modelops_tui.services.exchange.odtp_fields import PAIRS, version_title
from modelops_tui.services.exchange.report import Line
from modelops_tui.services.exchange.taking import Original, Resolve, Taking
from modelops_tui.services.exchange.values import EPOCH, moment_of, pointed, slug_of, title_of

# Arrays of owners are worked out from what points at them, and these copies of other documents are not read.
WORKED_OUT: Final = {
    "user": ("digitalTwins",),
    "digital-twin": ("executions",),
    "component": ("versions",),
    "execution": ("steps",),
    "step": ("output", "logs"),
}


class OdtpImport:
    """A database of ODTP on its way in."""

    system = SYSTEM

    def __init__(self, database: Database) -> None:
        there = OdtpDatabase(database)
        self.originals = list(there.originals())
        self.notes = [Line(*parts) for parts in there.dangling()]

    def take(self, taking: Taking) -> None:
        """Reads one document. Raises Refused for what it cannot be without."""
        kind = taking.original.kind
        taking.read(*WORKED_OUT.get(kind, ()))
        taking.times(("created_at", "createdAt", "timestamp"), ("updated_at", "updatedAt"))
        taking.pairs(PAIRS[kind])
        TAKE_MORE[kind](taking)

    def same_as(self, original: Original, find: Resolve, names: Reader) -> str | None:
        """The document here that `original` is another copy of: a component is its repository, a version its tag."""
        if original.kind == "component":
            link = original.raw.get("repoLink")
            return document_with(names, "component", repo_link=repository_of(link)) if isinstance(link, str) else None
        component = find("component", pointed(original.raw.get("componentId")) or "")
        if original.kind != "component-version" or component is None:
            return None
        return document_with(names, "component-version", component=component, version=tag_of(original.raw))

    def mark(self, original: Original, find: Resolve) -> str | None:
        """What no two originals may share, because they are the same thing twice."""
        if original.kind == "component" and isinstance(original.raw.get("repoLink"), str):
            return f"component {repository_of(original.raw['repoLink'])}"
        component = find("component", pointed(original.raw.get("componentId")) or "")
        tag = tag_of(original.raw)
        return f"version {component} {tag}" if original.kind == "component-version" and component and tag else None


def repository_of(link: str) -> str:
    """A repository's address as it is an identity here."""
    return link.rstrip("/").removesuffix(".git").rstrip("/")


def tag_of(raw: Mapping[str, Any]) -> str | None:
    """The tag of a version: former databases have it as `version`, beside what odtp.yml says."""
    tag = raw.get("version") if isinstance(raw.get("version"), str) else raw.get("component_version")
    return str(tag) if isinstance(tag, str | int | float) and tag != "" else None


def _take_user(taking: Taking) -> None:
    said = str(taking.fields.get("display_name") or "")
    github = str(taking.fields.get("github") or "").rstrip("/").rpartition("/")[2]
    taking.fields["name"] = slug_of(said).lower() or slug_of(github).lower() or f"user-{taking.original.id[-6:]}"
    taking.note(f"it has no login name; it is called {taking.fields['name']}.")
    # Whoever comes from outside may do nothing before somebody here says so.
    taking.fields["roles"] = []
    taking.fields["state"] = "disabled" if taking.read("deprecated") else "active"


def _take_twin(taking: Taking) -> None:
    value = taking.read("userRef")
    taking.read("user_id", "user")
    owner = taking.pointer("user", value, "userRef") if value is not None else None
    if owner is None:
        taking.keep("userRef", value)
        taking.note("it belongs to nobody there; now it is yours.")
    taking.fields["user"] = owner or taking.me
    _named(taking, "name", "digital twin")


def _named(taking: Taking, field: str, what: str) -> None:
    if not taking.fields.get(field):
        taking.fields[field] = f"{what} {taking.original.id[-6:]}"
        taking.note(f"{field} is missing; it is called {taking.fields[field]}.")


def _take_component(taking: Taking) -> None:
    if taking.fields.get("repo_link") is None:
        raise Refused("repoLink is missing; the repository is what a component is.")
    if not taking.fields.get("name"):
        link = str(taking.fields["repo_link"]).rstrip("/").removesuffix(".git")
        taking.put("name", title_of(link.rpartition("/")[2]) or link, "componentName")
        taking.note(f"componentName is missing; it is called {taking.fields['name']}.")
    title = taking.read("title")
    if title != taking.fields["name"]:
        taking.keep("title", title)


def _take_version(taking: Taking) -> None:
    component = taking.needed("component", "component", "componentId")
    taking.read("ComponentId", "Component")
    for name, value in (taking.read("component") or {}).items():
        taking.keep(f"component.{name}", value)
    told, version = taking.read("component_version"), tag_of(taking.raw)
    taking.read("version")
    if version is None:
        raise Refused("component_version, the tag, is missing.")
    taking.put("version", version, "component_version")
    if isinstance(told, str) and told != version:
        taking.fields["component_version"] = told
    if not taking.fields.get("commit_hash"):
        taking.fields["commit_hash"] = "unknown"
        taking.note("commitHash is missing.")
    title = taking.read("title")
    if isinstance(title, str) and title != version_title(str(taking.look("component", component).get("name")), version):
        taking.put("title", title_of(title), "title")


def _take_workflow(taking: Taking) -> None:
    value = taking.read("versions")
    versions = versions_of(taking.raw)
    found = [(text, taking.find("component-version", text)) for text in versions]
    for text in (text for text, id in found if id is None):
        taking.note(f"versions names a component-version that is not there: {text}.")
    if any(id is None for _, id in found):
        taking.keep("versions", value)
    steps = steps_of([id for _, id in found if id], taking)
    if not steps:
        raise Refused("versions names no component version that is there.")
    taking.fields["steps"] = steps
    name = taking.read("name")
    if isinstance(name, str) and title_of(name):
        if title_of(name) != name:
            taking.keep("name", name)
        taking.fields["name"] = title_of(name)
    elif taking.original.context.get("made"):
        taking.fields["name"] = title_of(" → ".join(step["name"] for step in steps))
        taking.note("an execution ran it although no workflow says so; it was made from the execution.")
    else:
        _named(taking, "name", "workflow")


def steps_of(versions: Iterable[str], taking: Taking) -> list[Document]:
    """The steps of a workflow that runs these versions one after the other, named after their components."""
    steps: list[Document] = []
    taken: dict[str, int] = {}
    for version in versions:
        component = taking.look("component", str(taking.look("component-version", version).get("component")))
        name = str(component.get("name") or f"step-{version[:8]}")
        taken[name] = taken.get(name, 0) + 1
        steps.append({"name": name if taken[name] == 1 else f"{name}-{taken[name]}", "version": version})
    return steps


def _take_execution(taking: Taking) -> None:
    taking.needed("digital_twin", "digital-twin", "digitalTwinRef", "dt_id")
    _named(taking, "title", "execution")
    taking.read("description")
    tags = taking.read("tags")
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        taking.put("tags", list(dict.fromkeys(tag for tag in tags if tag)), "tags")
    schema = taking.read("workflowSchema")
    schema = schema if isinstance(schema, dict) else {}
    value = taking.read("workflow_id")
    workflow = taking.find("workflow", value) or taking.find("workflow", taking.original.context["made"])
    if workflow is None:
        raise Refused("it names neither a workflow nor component versions that are there.")
    if value is not None and taking.find("workflow", value) is None:
        taking.keep("workflow_id", value)
        taking.note(f"workflow_id points at a workflow that is not there: {pointed(value)}.")
    taking.fields["workflow"] = workflow
    for ours, theirs in (("executor", "workflowExecutor"), ("executor_version", "workflowExecutorVersion")):
        if isinstance(schema.get(theirs), str) and schema[theirs]:
            taking.put(ours, schema[theirs], "workflowSchema")
    _keep_other_schema(taking, schema)
    versions = [taking.find("component-version", text) or text for text in taking.original.context["versions"]]
    name = str(taking.look("workflow", workflow).get("name"))
    taking.fields["workflow_schema"] = {
        "origin": {"kind": "workflow", "id": workflow, "key": quoted(name)},
        "taken_at": taking.fields.get("created_at") or EPOCH,
        "name": name,
        "steps": steps_of(versions, taking),
    }


def _keep_other_schema(taking: Taking, schema: Document) -> None:
    known = {"workflowExecutor", "workflowExecutorVersion", "component_versions", "workflowExecutorSchema"}
    for name, value in schema.items():
        usual = name == "workflowExecutorSchema" and value == list(range(len(listed(value))))
        if name not in known or (name == "workflowExecutorSchema" and not usual):
            taking.keep(f"workflowSchema.{name}", value)


def _take_step(taking: Taking) -> None:
    taking.needed("execution", "execution", "executionRef", "execution_id")
    taking.needed("component_version", "component-version", "component_version")
    siblings = [(id, version) for id, version in taking.original.context["siblings"] if taking.alive(id)]
    names = [step["name"] for step in steps_of([taking.find("component-version", v) or v for _, v in siblings], taking)]
    index = [id for id, _ in siblings].index(taking.original.id)
    taking.fields["index"] = index
    taking.fields["name"] = names[index]
    taking.fields["after"] = [names[index - 1]] if index else []
    secrets, message, error = taking.read("secrets"), taking.read("msg"), taking.read("error")
    if isinstance(secrets, str) or secrets is True:
        taking.keep("secrets", secrets)
    elif secrets:
        taking.note("secrets holds more than the path of a sealed file; it is not taken. Put them into a chest.")
    output = taking.find("output", taking.raw.get("output"))
    if taking.raw.get("output") is not None and output is None:
        taking.pointer("output", taking.raw["output"], "output")
        taking.keep("output", taking.raw["output"])
    if output:
        taking.fields["output"] = output
    if isinstance(message, str):
        taking.fields["msg"] = message
    taking.fields["error"] = bool(error)
    taking.fields["state"] = _state(taking, output)


def _state(taking: Taking, output: str | None) -> str:
    """What a step's fields say of its last run; ODTP writes `error` when a run ended."""
    if taking.raw.get("error"):
        return "FAILED"
    start, end = taking.fields.get("start_timestamp"), taking.fields.get("end_timestamp")
    if output or taking.raw.get("error") is False:
        return "FINISHED"
    begin, finish = moment_of(start), moment_of(end)
    # Former versions set both times when the step was made and wrote no `error`.
    if begin and finish and (finish - begin).total_seconds() >= 1:
        return "FINISHED"
    if begin and not finish:
        taking.note("it was running or broke off; it waits to be run again.")
    return "WAITING"


def _take_output(taking: Taking) -> None:
    taking.needed("step", "step", "stepRef", "step_id")
    value = taking.read("access_control")
    control = value if isinstance(value, dict) else {}
    people = []
    for item in _people(control.get("authorized_users")):
        found = taking.pointer("user", item, "access_control.authorized_users")
        if found and found not in people:
            people.append(found)
        elif not found:
            taking.keep("access_control.authorized_users", control["authorized_users"])
    taking.fields["access_control"] = {"public": control.get("public") is True, "authorized_users": people}
    for name in control.keys() - {"public", "authorized_users"}:
        taking.keep(f"access_control.{name}", control[name])


def _people(value: Any) -> list[Any]:
    if isinstance(value, list):
        return [item for item in value if pointed(item)]
    return [value] if pointed(value) else []


def _take_log(taking: Taking) -> None:
    taking.needed("step", "step", "stepRef", "step_id")


def _take_result(taking: Taking) -> None:
    value = taking.read("digitalTwinRef", "dt_id", "digitalTwin")
    found = taking.pointer("digital-twin", value, "digitalTwinRef") if value is not None else None
    executions = taking.fields.get("executions") or []
    if found is None and executions:
        found = taking.look("execution", executions[0]).get("digital_twin")
    if found is None:
        raise Refused("it names no digital twin that is there.")
    taking.fields["digital_twin"] = found
    _named(taking, "title", "result")


TAKE_MORE: Final[dict[str, Callable[[Taking], None]]] = {
    "user": _take_user,
    "component": _take_component,
    "component-version": _take_version,
    "workflow": _take_workflow,
    "digital-twin": _take_twin,
    "execution": _take_execution,
    "step": _take_step,
    "output": _take_output,
    "log": _take_log,
    "result": _take_result,
}
