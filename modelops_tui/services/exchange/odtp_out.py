"""Our documents as ODTP has them: what the tables of fields cannot say. It never writes what ODTP does not know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from modelops_tui.entities.field import Document
from modelops_tui.services.exchange.giving import Giving
from modelops_tui.services.exchange.odtp_fields import CAMEL_TIMES, PAIRS, TIMES, version_title
from modelops_tui.services.exchange.values import ObjectId, moment_of, title_of

EXECUTOR: Final = ("odtpwf", "0.2.0")
RAN: Final = ("FINISHED", "FAILED", "CANCELLED", "REUSED")


def give(kind: str, document: Document, giving: Giving) -> bool:
    """Writes one document as ODTP has it, without the arrays of owners."""
    giving.out["_id"] = ObjectId(document["id"])
    giving.pairs(PAIRS[kind])
    if kind in ("execution", "step"):
        giving.pairs(CAMEL_TIMES)
    elif kind != "log":
        giving.pairs(TIMES)
    GIVE_MORE[kind](document, giving)
    return True


def _give_user(document: Document, giving: Giving) -> None:
    giving.out["displayName"] = giving.out["displayName"] or document.get("name") or ""
    giving.out["deprecated"] = document.get("state", "active") != "active"


def _give_twin(document: Document, giving: Giving) -> None:
    giving.out["userRef"] = str(document["user"])


def _give_component(document: Document, giving: Giving) -> None:
    giving.out["title"] = giving.kept.get("title") or document["name"]


def _give_version(document: Document, giving: Giving) -> None:
    component = giving.get("component", document["component"])
    there = Giving(giving.system, component, giving.reader)
    there.pairs(PAIRS["component"])
    named = {name: there.out.get(name) for name in ("componentName", "repoLink", "type")}
    giving.out["componentId"] = ObjectId(document["component"])
    giving.out["component"] = {"componentId": ObjectId(document["component"]), **named}
    giving.out["component_version"] = document["version"]
    giving.out["title"] = document.get("title") or version_title(str(component.get("name") or ""), document["version"])


def _give_workflow(document: Document, giving: Giving) -> None:
    kept = giving.kept.get("name")
    giving.out["name"] = kept if isinstance(kept, str) and title_of(kept) == document["name"] else document["name"]
    steps = in_running_order(document.get("steps") or [])
    giving.out["versions"] = [str(step["version"]) for step in steps]
    if any(len(step.get("after") or []) > 1 for step in steps):
        giving.note("its graph is written as a sequence; ODTP runs one step after the other.")


def in_running_order(steps: list[Document]) -> list[Document]:
    """The steps so that each comes after what it waits for, else in their own order."""
    left, done, order = list(steps), set[str](), list[Document]()
    while left:
        ready = next((step for step in left if done.issuperset(step.get("after") or [])), left[0])
        left.remove(ready)
        done.add(str(ready.get("name")))
        order.append(ready)
    return order


def _give_execution(document: Document, giving: Giving) -> None:
    copy = document.get("workflow_schema") or giving.get("workflow", document["workflow"])
    versions = [str(step.get("version")) for step in in_running_order(copy.get("steps") or [])]
    twin = str(document["digital_twin"])
    giving.out |= {
        "dt_id": twin,
        "digitalTwinRef": ObjectId(twin),
        "workflow_id": ObjectId(document["workflow"]),
        "workflowSchema": {
            "workflowExecutor": EXECUTOR[0],
            "workflowExecutorVersion": EXECUTOR[1],
            "component_versions": versions,
            "workflowExecutorSchema": list(range(len(versions))),
        },
    }


def _give_step(document: Document, giving: Giving) -> None:
    made = moment_of(document.get("created_at"))
    giving.out["timestamp"] = giving.out["timestamp"] or made
    kept = giving.kept.get("secrets")
    giving.out |= {
        "logs": [],
        "component_version": str(document["component_version"]),
        "secrets": True if document.get("secrets") else kept if isinstance(kept, str | bool) else False,
        "executionRef": ObjectId(document["execution"]),
    }
    state = document.get("state")
    if state not in RAN:
        return
    failed = state in ("FAILED", "CANCELLED") or bool(document.get("error"))
    giving.out["error"] = failed
    giving.out["msg"] = document.get("msg") or ("cancelled" if state == "CANCELLED" else None)
    if document.get("output"):
        giving.out["output"] = ObjectId(document["output"])


def _give_output(document: Document, giving: Giving) -> None:
    control = document.get("access_control") or {}
    people = [ObjectId(id) for id in control.get("authorized_users") or []]
    giving.out["access_control"] = {"public": bool(control.get("public")), "authorized_users": people}
    giving.out["stepRef"] = str(document["step"])


def _give_log(document: Document, giving: Giving) -> None:
    giving.out["stepRef"] = str(document["step"])
    giving.out.setdefault("timestamp", moment_of(document.get("created_at")))


def _give_result(document: Document, giving: Giving) -> None:
    giving.out["digitalTwinRef"] = ObjectId(document["digital_twin"])


GIVE_MORE: Final[dict[str, Callable[[Document, Giving], None]]] = {
    "user": _give_user,
    "component": _give_component,
    "component-version": _give_version,
    "workflow": _give_workflow,
    "digital-twin": _give_twin,
    "execution": _give_execution,
    "step": _give_step,
    "output": _give_output,
    "log": _give_log,
    "result": _give_result,
}
