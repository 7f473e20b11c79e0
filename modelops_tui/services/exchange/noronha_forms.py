"""The forms that only Noronha has: frozen copies, file docs, tasks and keys. They say nothing of whole documents."""

# ruff: noqa: ARG002 – every form is asked in the same way, whatever of it one needs

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from modelops_tui.entities.field import Document
from modelops_tui.entities.keys import quoted
from modelops_tui.entities.lifecycle import TASK_STATES
from modelops_tui.entities.scalars import FileName
from modelops_tui.services.exchange.forms import (
    ABSENT,
    FLAG,
    MAP,
    TEXT,
    TIME,
    Choice,
    Form,
    Many,
    Number,
    Text,
    without_absent,
)
from modelops_tui.services.exchange.values import EPOCH, derived_id, is_empty, moment_of, pointed, time_text_of
from modelops_tui.services.intake import Intake

if TYPE_CHECKING:
    from modelops_tui.services.exchange.giving import Giving
    from modelops_tui.services.exchange.taking import Taking

SYSTEM: Final = "noronha"
COLLECTIONS: Final = {
    "project": "project",
    "model": "model",
    "build-version": "build_version",
    "dataset": "dataset",
    "training": "training",
    "model-version": "model_version",
    "deployment": "deployment",
    "treasure-chest": "treasure_chest_doc",
}
CLASSES: Final = {
    "project": "Project",
    "model": "Model",
    "build-version": "BuildVersion",
    "dataset": "Dataset",
    "training": "Training",
    "model-version": "ModelVersion",
    "deployment": "Deployment",
    "treasure-chest": "TreasureChestDoc",
}
# The field that names the parent here, the one there, and the parent's kind.
PARENTS: Final = {
    "build-version": ("project", "proj", "project"),
    "training": ("project", "proj", "project"),
    "deployment": ("project", "proj", "project"),
    "dataset": ("model", "model", "model"),
    "model-version": ("model", "model", "model"),
}
LABEL = re.compile(r"(?P<key>[^:]+:[^:]+):(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\Z")


def original_name(document: Document, fitted: Form, field: str) -> str:
    """The name that a document had in Noronha, where it is still the one it has; else its name here."""
    origin = document.get("origin") or {}
    kept = (origin.get("kept") or {}).get(field) if origin.get("system") == SYSTEM else None
    name = str(document.get(field) or "")
    if isinstance(kept, str):
        again = getattr(fitted, "fit", str)(kept)
        if again == name or fitted.same(again, name, document):
            return kept
    return name


class FileDocs(Form):
    """File docs of one class, without an id; sizes there are whole megabytes."""

    def __init__(self, class_name: str) -> None:
        self.class_name = class_name

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The file docs that have a name, each name once."""
        taken: list[Document] = []
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            here = f"{path}.{index}"
            name = item.get("name") if isinstance(item, dict) else None
            door = Intake(_NoNames(), EPOCH, importing=True)
            if FileName().clean(name, "", door) is None or any(one["name"] == name for one in taken):
                taking.keep(here, item)
                taking.note(f"{here} is no file doc with a name of its own.")
                continue
            taken.append(self._file(item, taking, here))
        return taken

    def _file(self, item: Document, taking: Taking, path: str) -> Document:
        forms: dict[str, Form] = {"name": TEXT, "desc": TEXT, "required": FLAG, "max_mb": Number(False, math.ulp(0.0))}
        file: Document = {}
        for name, value in item.items():
            found = forms[name].take(value, taking, path) if name in forms and not is_empty(value) else ABSENT
            if found is not ABSENT:
                file[name] = found
            elif name != "_cls":
                taking.keep(f"{path}.{name}", value)
        return file

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The file docs; a part of a megabyte is counted as a whole one, which never refuses what is taken here."""
        files = []
        for item in value:
            size = item.get("max_mb")
            if size is not None and size != int(size):
                giving.note(f"{path} {item['name']}: max_mb {size} is written as {math.ceil(size)}.")
            names = {name: item.get(name) for name in ("name", "desc", "required")}
            file = {"_cls": self.class_name, **names, "max_mb": None if size is None else math.ceil(size)}
            files.append(without_absent(file))
        return files


class _NoNames:
    """A finder that finds nothing, for doors that resolve nothing."""

    def get(self, kind: str, id: str) -> Document | None:
        """Nothing."""

    def find(self, kind: str, term: str) -> list[Document]:
        """Nothing."""
        return []

    prefixed = find


class Task(Form):
    """A task of one class, without an id; states are in lower case there."""

    def __init__(self, class_name: str) -> None:
        self.class_name = class_name
        self.state = Choice(TASK_STATES, str.lower)

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The task; a finished one is done, whatever its progress says."""
        if not isinstance(value, dict):
            return ABSENT
        forms: dict[str, Form] = {
            "state": self.state,
            "progress": Number(False, 0, 1),
            "start_time": TIME,
            "update_time": TIME,
        }
        task: Document = {"state": "WAITING", "progress": 0}
        for name, item in value.items():
            found = forms[name].take(item, taking, path) if name in forms and not is_empty(item) else ABSENT
            if found is not ABSENT:
                task[name] = found
            elif name not in ("_cls", "_id"):
                taking.keep(f"{path}.{name}", item)
                if name in forms and not is_empty(item):
                    taking.note(f"{path}.{name} is not taken: {item!r}.")
        if task["state"] == "FINISHED" and task["progress"] != 1:
            taking.keep(f"{path}.progress", value.get("progress"))
            task["progress"] = 1
        return task

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The task with real dates."""
        task = {
            "_cls": self.class_name,
            "state": self.state.give(value.get("state") or "WAITING", giving, path),
            "progress": float(value.get("progress") or 0),
            "start_time": moment_of(value.get("start_time")),
            "update_time": moment_of(value.get("update_time")),
        }
        return without_absent(task)


class Tasks(Form):
    """Tasks by the ids of their containers."""

    def __init__(self, of: Task) -> None:
        self.of = of

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The tasks that are maps."""
        if not isinstance(value, dict):
            return ABSENT
        taken = {str(name): self.of.take(task, taking, f"{path}.{name}") for name, task in value.items()}
        for name in [name for name, task in taken.items() if task is ABSENT]:
            taking.keep(f"{path}.{name}", value[name])
        return without_absent(taken)

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The tasks with their classes."""
        return {name: self.of.give(task, giving, path) for name, task in value.items()}


class Label(Text):
    """The model version that a frozen copy started from: one line of model, version and time."""

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The line, or one made of a copy that stands where a line should."""
        if isinstance(value, dict):
            time = (time_text_of(value.get("modified")) or EPOCH).replace("T", " ")[:19]
            return f"{pointed(value)}:{time}" if pointed(value) else ABSENT
        return super().take(value, taking, path)


class Copy(Form):
    """A frozen copy: a map with the class, the origin's key and the time there; origin and `taken_at` here."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def take(self, value: Any, taking: Taking, path: str) -> Any:
        """The copy with the fields its kind keeps; a label stands for one that holds only its name."""
        if isinstance(value, str):
            match = LABEL.match(value)
            if match is None:
                return ABSENT
            value = {"_id": match["key"], "name": match["key"].split(":")[1], "modified": match["time"]}
        if not isinstance(value, dict):
            return ABSENT
        copy: Document = {}
        for theirs, item in value.items():
            ours, form = COPY_FIELDS[self.kind].get(theirs, ("", None))
            found = form.take(item, taking, f"{path}.{theirs}") if form and not is_empty(item) else ABSENT
            if found is not ABSENT:
                copy[ours] = found
            elif theirs not in ("_cls", "_id", "modified"):
                taking.keep(f"{path}.{theirs}", item)
        return self._with_origin(copy, value, taking)

    def _with_origin(self, copy: Document, value: Document, taking: Taking) -> Any:
        key = pointed(value.get("_id")) or self.key_of(copy)
        if not key:
            return ABSENT
        id = taking.find(self.kind, key) or derived_id(SYSTEM, COLLECTIONS[self.kind], key)
        shown = ":".join(quoted(part) for part in key.split(":", 1))
        taken_at = time_text_of(value.get("modified")) or taking.fields.get("updated_at") or EPOCH
        return {"origin": {"kind": self.kind, "id": id, "key": shown}, "taken_at": taken_at, **copy}

    def key_of(self, copy: Document) -> str:
        """The key of the origin at the time, as Noronha writes it: without quotes."""
        name = copy.get("name") or copy.get("tag")
        parent = PARENTS.get(self.kind)
        above = (copy.get(parent[0]) or {}).get("name") if parent else None
        if name and (above or not parent):
            return f"{above}:{name}" if parent else str(name)
        return str((copy.get("origin") or {}).get("key") or "")

    def give(self, value: Any, giving: Giving, path: str) -> Any:
        """The copy as an embedded document; what never leaves this machine is not in it."""
        out: dict[str, Any] = {"_cls": f"Embedded{CLASSES[self.kind]}", "_id": self.key_of(value)}
        out["modified"] = moment_of(value.get("taken_at"))
        for theirs, (ours, form) in COPY_FIELDS[self.kind].items():
            item = value.get(ours)
            if not is_empty(item) and (self.kind, ours) not in LOCAL_IN_COPIES:
                out[theirs] = form.give(item, giving, f"{path}.{theirs}")
        return without_absent(out)


LOCAL_IN_COPIES: Final = frozenset({("project", "home_dir")})
FILE_FIELDS: Final[dict[str, tuple[str, Form]]] = {
    "model_files": ("model_files", FileDocs("ModelFile")),
    "data_files": ("data_files", FileDocs("DatasetFile")),
}
_NAMED: Final[dict[str, tuple[str, Form]]] = {"name": ("name", TEXT)}
_STORED: Final[dict[str, tuple[str, Form]]] = {
    "compressed": ("compressed", FLAG),
    "details": ("details", MAP),
    "lightweight": ("lightweight", FLAG),
}
COPY_FIELDS: Final[dict[str, dict[str, tuple[str, Form]]]] = {
    "project": {name: (name, TEXT) for name in ("name", "desc", "home_dir", "git_repo", "docker_repo")},
    "build-version": {
        "tag": ("tag", TEXT),
        "proj": ("project", Copy("project")),
        "docker_id": ("docker_id", TEXT),
        "git_version": ("git_version", TEXT),
        "built_at": ("built_at", TIME),
    },
    "model": {**_NAMED, "desc": ("desc", TEXT), **FILE_FIELDS},
    "dataset": {**_NAMED, "model": ("model", Copy("model")), "stored": ("stored", FLAG), **_STORED},
    "training": {
        **_NAMED,
        "proj": ("project", Copy("project")),
        "bvers": ("bvers", Copy("build-version")),
        "notebook": ("notebook", TEXT),
        "details": ("details", MAP),
    },
    "model-version": {
        **_NAMED,
        "model": ("model", Copy("model")),
        "train": ("train", Copy("training")),
        "ds": ("ds", Copy("dataset")),
        "pretrained": ("pretrained", Label()),
        **_STORED,
    },
}
COPIES: Final = Many(Copy("model-version"))
