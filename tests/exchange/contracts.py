"""What the original systems demand of their databases, stated on its own: nothing of it comes from the exporter."""

from __future__ import annotations

import re
from typing import Any

from tests.exchange.shapes import (
    LABEL,
    Check,
    Shape,
    a_map,
    anything,
    by_name,
    date,
    decimal,
    either,
    exactly,
    faults,
    flag,
    id_text,
    many,
    may,
    must,
    nothing,
    object_id,
    shaped,
    text,
    whole,
)

# Noronha 1.6.8. One unknown field breaks the whole collection, a missing _cls hides a document.
KEY = re.compile(r"[^:]+\Z")
CHILD = re.compile(r"[^:]+:[^:]+\Z")


def key(value: Any) -> bool:
    return text(value) and KEY.match(value) is not None


def child(value: Any) -> bool:
    return text(value) and CHILD.match(value) is not None


def label(value: Any) -> bool:
    return text(value) and LABEL.match(value) is not None


def file_doc(name: str) -> Check:
    return shaped(
        {
            "_cls": must(exactly(name)),
            "name": must(text),
            "desc": may(text),
            "required": may(flag),
            "max_mb": may(lambda value: whole(value) and value > 0),
        }
    )


def task(name: str) -> Check:
    states = exactly("waiting", "running", "finished", "failed", "cancelled")
    times = {"start_time": may(date), "update_time": may(date)}
    progress = must(lambda value: decimal(value) and 0 <= value <= 1)
    return shaped({"_cls": must(exactly(name)), "state": must(states), "progress": progress, **times})


def copy_of(name: str, key_form: Check, fields: Shape) -> Check:
    head: Shape = {"_cls": must(exactly(f"Embedded{name}")), "_id": must(key_form), "modified": must(date)}
    return shaped({**head, **fields})


# home_dir is Noronha's, too, but it never leaves the machine it is on.
PROJECT_COPY = copy_of(
    "Project", key, {"name": must(text), **dict.fromkeys(("desc", "git_repo", "docker_repo"), may(text))}
)
MODEL_COPY = copy_of(
    "Model",
    key,
    {
        "name": must(text),
        "desc": may(text),
        "model_files": may(many(file_doc("ModelFile"))),
        "data_files": may(many(file_doc("DatasetFile"))),
    },
)
BUILD_COPY = copy_of(
    "BuildVersion",
    child,
    {
        "tag": must(text),
        "proj": may(PROJECT_COPY),
        "docker_id": may(text),
        "git_version": may(text),
        "built_at": may(date),
    },
)
STORED: Shape = {"compressed": may(flag), "details": may(a_map), "lightweight": may(flag)}
DATASET_COPY = copy_of("Dataset", child, {"name": must(text), "model": may(MODEL_COPY), "stored": may(flag), **STORED})
TRAINING_COPY = copy_of(
    "Training",
    child,
    {
        "name": must(text),
        "proj": may(PROJECT_COPY),
        "bvers": may(BUILD_COPY),
        "notebook": may(text),
        "details": may(a_map),
    },
)
VERSION_COPY = copy_of(
    "ModelVersion",
    child,
    {
        "name": must(text),
        "model": may(MODEL_COPY),
        "train": may(TRAINING_COPY),
        "ds": may(DATASET_COPY),
        "pretrained": may(label),
        **STORED,
    },
)


def noronha(name: str, key_form: Check, fields: Shape) -> Shape:
    head: Shape = {"_id": must(key_form), "_cls": must(exactly(f"SmartDoc.{name}")), "modified": must(date)}
    return {**head, **fields}


NORONHA: dict[str, Shape] = {
    "project": noronha(
        "Project",
        key,
        {
            "name": must(text),
            **dict.fromkeys(("desc", "git_repo", "docker_repo"), may(text)),
            "models": may(many(key)),
        },
    ),
    "build_version": noronha(
        "BuildVersion",
        child,
        {
            "tag": must(text),
            "proj": must(key),
            "docker_id": must(text),
            "git_version": may(text),
            "built_at": must(date),
            "built_from": must(exactly("local", "git", "pre-built")),
        },
    ),
    "model": noronha(
        "Model",
        key,
        {
            "name": must(text),
            "desc": may(text),
            "model_files": may(many(file_doc("ModelFile"))),
            "data_files": may(many(file_doc("DatasetFile"))),
        },
    ),
    "dataset": noronha("Dataset", child, {"name": must(text), "model": must(key), "stored": may(flag), **STORED}),
    "training": noronha(
        "Training",
        child,
        {
            "name": must(text),
            "proj": must(key),
            "bvers": may(BUILD_COPY),
            "notebook": must(text),
            "task": must(task("TrainTask")),
            "details": may(a_map),
            "mover": may(child),
            "ds": may(child),
            "deploy_update": may(flag),
        },
    ),
    "model_version": noronha(
        "ModelVersion",
        child,
        {
            "name": must(text),
            "model": must(key),
            "train": may(TRAINING_COPY),
            "ds": may(DATASET_COPY),
            "pretrained": may(VERSION_COPY),
            **STORED,
        },
    ),
    "deployment": noronha(
        "Deployment",
        child,
        {
            "name": must(text),
            "proj": must(key),
            "movers": must(many(VERSION_COPY)),
            "bvers": may(BUILD_COPY),
            "notebook": must(text),
            "tasks": may(by_name(task("DeplTask"))),
            "details": may(a_map),
            "replicas": must(lambda value: whole(value) and value >= 1),
            "host_port": may(whole),
        },
    ),
    "treasure_chest_doc": noronha(
        "TreasureChestDoc", key, {"name": must(text), "owner": must(text), "desc": may(text), "details": may(a_map)}
    ),
}

# ODTP 0.5. References are now text, now ObjectId; what is not marked `deprecated: false` is hidden.
TYPE = exactly("ephemeral", "persistent", "interactive")
RAW = either(nothing, many(a_map))
SNAKE: Shape = {"created_at": must(date), "updated_at": must(date)}
CAMEL: Shape = {"createdAt": must(date), "updatedAt": must(date)}
DEPRECATED: Shape = {"deprecated": must(flag)}
ODTP: dict[str, Shape] = {
    "users": {
        "_id": must(object_id),
        **dict.fromkeys(("displayName", "email", "github"), must(text)),
        **SNAKE,
        **DEPRECATED,
        "digitalTwins": may(lambda value: many(object_id)(value) and value != []),
    },
    "digitalTwins": {
        "_id": must(object_id),
        "name": must(text),
        "status": must(exactly("active", "archived")),
        "public": must(flag),
        **SNAKE,
        "executions": must(many(object_id)),
        **DEPRECATED,
        "userRef": must(id_text),
    },
    "components": {
        "_id": must(object_id),
        **dict.fromkeys(("author", "componentName", "repoLink", "status", "description", "title"), must(text)),
        "type": must(TYPE),
        "tags": must(many(text)),
        **SNAKE,
        "versions": must(many(object_id)),
        **DEPRECATED,
    },
    "versions": {
        "_id": must(object_id),
        "componentId": must(object_id),
        "component": must(
            shaped(
                {
                    "componentId": must(object_id),
                    "componentName": must(text),
                    "repoLink": must(text),
                    "type": must(TYPE),
                }
            )
        ),
        **dict.fromkeys(("odtp_version", "component_version", "commitHash", "imageLink", "title"), must(text)),
        **dict.fromkeys(("description", "license"), must(text)),
        **DEPRECATED,
        **dict.fromkeys(
            ("parameters", "tools", "ports", "secrets", "devices", "data-inputs", "data-outputs"), must(RAW)
        ),
        "type": must(TYPE),
        "tags": must(many(text)),
        "build-args": must(either(nothing, a_map)),
        **SNAKE,
    },
    "workflows": {"_id": must(object_id), "name": must(text), "versions": must(many(id_text)), **SNAKE, **DEPRECATED},
    "executions": {
        "_id": must(object_id),
        "title": must(text),
        "description": must(text),
        **DEPRECATED,
        "dt_id": must(id_text),
        "digitalTwinRef": must(object_id),
        "workflow_id": must(object_id),
        "workflowSchema": must(
            shaped(
                {
                    "workflowExecutor": must(exactly("odtpwf")),
                    "workflowExecutorVersion": must(exactly("0.2.0")),
                    "component_versions": must(many(id_text)),
                    "workflowExecutorSchema": must(lambda value: value == list(range(len(value)))),
                }
            )
        ),
        **dict.fromkeys(("start_timestamp", "end_timestamp"), must(either(nothing, date))),
        "steps": must(many(object_id)),
        **CAMEL,
        # A folder of one machine: the field is there, its content stays at home.
        "execution_path": must(nothing),
    },
    "steps": {
        "_id": must(object_id),
        "timestamp": must(date),
        **dict.fromkeys(("start_timestamp", "end_timestamp"), must(either(nothing, date))),
        "type": must(TYPE),
        "logs": must(exactly([])),
        **dict.fromkeys(("inputs", "outputs", "parameters"), must(a_map)),
        "component_version": must(id_text),
        "ports": must(either(nothing, many(lambda value: re.fullmatch(r"\d+:\d+", value) is not None))),
        "secrets": must(either(nothing, exactly(True, False), text)),
        "run_step": must(flag),
        **CAMEL,
        "executionRef": must(object_id),
        "error": may(flag),
        "msg": may(either(nothing, text)),
        "output": may(object_id),
    },
    "outputs": {
        "_id": must(object_id),
        "output_type": must(exactly("output", "snapshot")),
        **dict.fromkeys(("s3_bucket", "s3_key", "file_name", "file_type"), must(text)),
        "file_size": must(whole),
        **SNAKE,
        "metadata": must(shaped({"description": must(text), "tags": must(many(text)), "other_info": must(anything)})),
        "access_control": must(shaped({"public": must(flag), "authorized_users": must(many(object_id))})),
        "stepRef": must(id_text),
    },
    "logs": {"_id": must(object_id), "stepRef": must(id_text), "timestamp": must(date), "logstring": must(text)},
    "results": {
        "_id": must(object_id),
        "title": must(text),
        "description": must(text),
        "tags": must(many(text)),
        "digitalTwinRef": must(object_id),
        "executions": must(many(object_id)),
        "output": must(many(object_id)),
        **SNAKE,
    },
}
CONTRACTS: dict[str, dict[str, Shape]] = {"noronha": NORONHA, "odtp": ODTP}
# collection, field, what it points at; a reference that leads nowhere breaks the program that reads it.
REFERENCES: dict[str, list[tuple[str, str, str]]] = {
    "noronha": [
        ("project", "models", "model"),
        ("build_version", "proj", "project"),
        ("dataset", "model", "model"),
        ("training", "proj", "project"),
        ("training", "mover", "model_version"),
        ("training", "ds", "dataset"),
        ("model_version", "model", "model"),
        ("deployment", "proj", "project"),
    ],
    "odtp": [
        ("users", "digitalTwins", "digitalTwins"),
        ("digitalTwins", "userRef", "users"),
        ("digitalTwins", "executions", "executions"),
        ("components", "versions", "versions"),
        ("versions", "componentId", "components"),
        ("workflows", "versions", "versions"),
        ("executions", "digitalTwinRef", "digitalTwins"),
        ("executions", "dt_id", "digitalTwins"),
        ("executions", "workflow_id", "workflows"),
        ("executions", "steps", "steps"),
        ("steps", "component_version", "versions"),
        ("steps", "executionRef", "executions"),
        ("steps", "output", "outputs"),
        ("outputs", "stepRef", "steps"),
        ("logs", "stepRef", "steps"),
        ("results", "digitalTwinRef", "digitalTwins"),
        ("results", "executions", "executions"),
        ("results", "output", "outputs"),
    ],
}
# An owner's array and the field that points back: each side must tell the same.
BACK_REFERENCES = [
    ("users", "digitalTwins", "digitalTwins", "userRef"),
    ("components", "versions", "versions", "componentId"),
    ("digitalTwins", "executions", "executions", "digitalTwinRef"),
    ("executions", "steps", "steps", "executionRef"),
]


def breaches(system: str, database: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Everything in a database that the system would stumble over."""
    contract = CONTRACTS[system]
    found = [f"{name}: is no collection there" for name in database.keys() ^ contract.keys()]
    for name in database.keys() & contract.keys():
        found += [f"{name} {raw.get('_id')} {fault}" for raw in database[name] for fault in faults(raw, contract[name])]
    ids = {name: {str(raw["_id"]) for raw in documents} for name, documents in database.items()}
    for collection, field, target in REFERENCES[system]:
        for raw in database[collection]:
            value = raw.get(field)
            for one in value if isinstance(value, list) else [value] if value is not None else []:
                if str(one) not in ids[target]:
                    found.append(f"{collection} {raw['_id']} {field}: leads nowhere: {one}")
    return found
