"""Made-up documents by the hundred thousand that fit a sample registry, for trying things at size.

It never draws real chance: the same sample and count give the same documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from time import gmtime, strftime
from typing import Any, Final

from modelops_tui.entities.field import Document

# 8 May 2026: every project of the sample that is used here was there by then.
_FIRST_SECOND: Final = 1_778_198_400
_SPAN: Final = 90 * 86_400
_CYCLE: Final = 100
_STATES: Final = ("FINISHED",) * 16 + ("FAILED", "FAILED", "CANCELLED", "WAITING")
_STEP_STATES: Final = ("FINISHED", "FINISHED", "FAILED")
_NOTEBOOKS: Final = ("train.ipynb", "notebooks/train.ipynb", "jobs/nightly.py")
_FOLDERS: Final = ("models", "data", "docs", "reports")


def grown(sample: list[Document], count: int) -> Iterator[Document]:
    """Gives `count` documents that point only at each other and at `sample`, parents first.

    Of a hundred, 60 are trainings; the others are datasets, model versions, executions with steps, outputs and logs,
    artifacts with revisions, and now and then a project with a model.
    """
    growth = Growth(sample, max(count, 1))
    left = count
    while left > 0:
        for bundle in growth.cycle():
            # A bundle hangs together; where it does not fit any more, trainings fill the rest.
            fitting = bundle if len(bundle) <= left else [growth.training() for _ in range(left)]
            yield from fitting
            left -= len(fitting)
            if left <= 0:
                return


class Growth:
    """The state of growing: how many there are, and what new ones can point at."""

    def __init__(self, sample: list[Document], count: int) -> None:
        self._made = 0
        self._seed = 1
        self._step = _SPAN / count
        self._second = _FIRST_SECOND
        self._stamp = stamp(_FIRST_SECOND)
        first = stamp(_FIRST_SECOND)
        there = [item for item in sample if item["created_at"] < first]
        self._users = [item["id"] for item in there if item["kind"] == "user" and item["state"] == "active"]
        self._projects = [item for item in there if item["kind"] == "project"]
        self._models = [item for item in there if item["kind"] == "model" and item["data_files"]]
        self._workflow = next(item for item in there if item["kind"] == "workflow")
        self._twin = next(item for item in there if item["kind"] == "digital-twin")
        self._component_version = self._workflow["steps"][0]["version"]
        self._datasets = [item for item in there if item["kind"] == "dataset"]
        self._versions = [item["id"] for item in there if item["kind"] == "model-version"]
        self._last = next(item for item in there if item["kind"] == "training")

    def draw(self, below: int) -> int:
        """A number from 0 up to `below`, not included."""
        # A linear congruential step: three times as fast as random.Random and the same everywhere.
        self._seed = (self._seed * 6_364_136_223_846_793_005 + 1_442_695_040_888_963_407) & 0xFFFF_FFFF_FFFF_FFFF
        return (self._seed >> 33) % below

    def new(self, kind: str, by: str = "") -> Document:
        """A document with its envelope and no fields yet."""
        self._made += 1
        second = _FIRST_SECOND + int(self._made * self._step)
        if second != self._second:
            self._second = second
            self._stamp = stamp(second)
        return {
            "kind": kind,
            "id": f"{second:08x}5a{self._made:014x}",
            "rev": 1 + self._made % 9,
            "created_at": self._stamp,
            "updated_at": self._stamp,
            "created_by": by or self._users[self._made % len(self._users)],
        }

    def cycle(self) -> Iterator[list[Document]]:
        """About a hundred documents in bundles: those of a bundle belong together."""
        if self._made // _CYCLE % 10 == 0:
            yield self.project()
        for number in range(60):
            yield [self.training()]
            if number % 8 == 3:
                yield [self.dataset()]
            if number % 8 == 7:
                yield [self.model_version()]
            if number in (15, 45):
                yield self.artifact()
            if number == 30:
                yield self.execution()

    def training(self) -> Document:
        """A training of one of the projects."""
        document = self.new("training")
        state = _STATES[self.draw(len(_STATES))]
        progress: float = 1 if state == "FINISHED" else 0 if state == "WAITING" else self.draw(90) / 100
        task: Document = {"state": state, "progress": progress}
        if state != "WAITING":
            seconds = self.draw(9_000)
            task["start_time"] = self._stamp
            task["update_time"] = document["updated_at"] = stamp(self._second + seconds)
        rate = (0.3, 0.1, 0.03, 0.01)[self.draw(4)]
        details: Document = {"params": {"lr": rate, "epochs": 5 + self.draw(95), "seed": self.draw(10_000)}}
        if state == "FINISHED":
            auc = 0.6 + self.draw(390) / 1000
            details["metrics"] = {"auc": round(auc, 3), "loss": round(1.3 - auc, 3), "rmse": self.draw(5_000) / 100}
            details["exit_code"] = 0
        elif state == "FAILED":
            details |= {"exit_code": (1, 3, 137)[self.draw(3)], "reason": "The input had no rows."}
        document["project"] = self._projects[self.draw(len(self._projects))]["id"]
        document["name"] = f"run-{self._made:07d}"
        document["task"] = task
        document["notebook"] = _NOTEBOOKS[self.draw(3)]
        document["details"] = details
        document["datasets"] = [self._datasets[self.draw(len(self._datasets))]["id"]]
        document["pretrained"] = [self._versions[self.draw(len(self._versions))]] if self._made % 7 == 0 else []
        if state != "WAITING":
            document["machine"] = f"{1 + self.draw(5):024x}"
        if state == "FINISHED":
            self._last = document
        return document

    def dataset(self) -> Document:
        """A dataset of one of the models."""
        document = self.new("dataset")
        model = self._models[self.draw(len(self._models))]
        document["model"] = model["id"]
        document["name"] = f"set-{self._made:07d}"
        document["stored"] = True
        document["details"] = {"rows": self.draw(100_000), "split": {"train": 0.8, "test": 0.2}}
        document["compressed"] = self._made % 3 == 0
        document["lightweight"] = False
        document["files"] = self.files(model["data_files"])
        self._datasets.append(document)
        return document

    def model_version(self) -> Document:
        """A model version from the last training that finished."""
        document = self.new("model-version", self._last["created_by"])
        dataset = self._datasets[-1 - self.draw(min(20, len(self._datasets)))]
        model = next(item for item in self._models if item["id"] == dataset["model"])
        document["model"] = model["id"]
        document["name"] = f"version-{self._made:07d}"
        document["train"] = self.training_copy(self._last)
        copied = ("model", "name", "stored", "compressed", "details", "lightweight")
        values = {name: dataset[name] for name in copied} | {"model": self.model_copy(model)}
        order = ("name", "model", "stored", "compressed", "details", "lightweight")
        origin = self.origin("dataset", dataset, f"{model['name']}:{dataset['name']}")
        document["ds"] = origin | {name: values[name] for name in order}
        document["details"] = {"metrics": self._last["details"].get("metrics", {})}
        document["compressed"] = False
        document["lightweight"] = False
        document["files"] = self.files(model["model_files"])
        self._versions.append(document["id"])
        return document

    def project(self) -> list[Document]:
        """A project with a model of its own and a dataset of that."""
        model = self.new("model")
        model |= {"name": f"model-{self._made:07d}", "desc": "Made up."}
        model["model_files"] = [{"name": "model.pkl", "required": True, "max_mb": 64}]
        model["data_files"] = [{"name": "data.csv", "required": True, "max_mb": 512}]
        project = self.new("project", model["created_by"])
        project |= {"name": f"project-{self._made:07d}", "desc": "Made up.", "models": [model["id"]]}
        self._models.append(model)
        self._projects.append(project)
        return [model, project, self.dataset()]

    def artifact(self) -> list[Document]:
        """An artifact with three published revisions, renamed once."""
        artifact = self.new("artifact")
        by = artifact["created_by"]
        artifact |= {"project": self._projects[self.draw(len(self._projects))]["id"], "next_number": 4}
        bundle = [artifact]
        path = f"{_FOLDERS[self.draw(4)]}/{self._made:07d}.csv"
        parent = ""
        for number in (1, 2, 3):
            content = self.new("artifact-content", by)
            digest = sha256(content["id"].encode()).hexdigest()
            content |= {"sha256": digest, "size": 100 + self.draw(5_000_000)}
            revision = self.new("artifact-revision", by)
            revision |= {"artifact": artifact["id"], "number": number, "state": "PUBLISHED"}
            revision["path"] = path if number < 3 else f"final/{path}"
            if parent:
                revision["parent"] = parent
            revision |= {"content": content["id"], "deleted": False}
            revision |= {"description": f"Change {number}.", "media_type": "text/csv"}
            parent = revision["id"]
            bundle += [content, revision]
        return bundle

    def execution(self) -> list[Document]:
        """An execution of three steps with their outputs and logs."""
        execution = self.new("execution", self._twin["created_by"])
        start, end = self._stamp, stamp(self._second + 3_600)
        execution |= {"digital_twin": self._twin["id"], "title": f"Night {self._made}", "tags": ["made up"]}
        execution |= {"workflow": self._workflow["id"], "workflow_schema": self.workflow_copy()}
        execution |= {"start_timestamp": start, "end_timestamp": end, "runs": 1, "deprecated": False}
        bundle = [execution]
        for index, state in enumerate(_STEP_STATES):
            bundle += self.step(execution, index, state, end)
        return bundle

    def step(self, execution: Document, index: int, state: str, end: str) -> list[Document]:
        """A step with one attempt, its log and, when it finished, its output."""
        by = execution["created_by"]
        step = self.new("step", by)
        start = self._stamp
        log = self.new("log", by)
        lines = "".join(f"part {number}: {self.draw(9_999)} rows\n" for number in range(5))
        log |= {"step": step["id"], "attempt": 1, "timestamp": start, "logstring": lines}
        attempt: Document = {"number": 1, "state": state, "start_timestamp": start, "end_timestamp": end}
        attempt["exit_code"] = 0 if state == "FINISHED" else 2
        bundle = [step, log]
        step |= {"execution": execution["id"], "index": index, "name": f"part-{index + 1}"}
        step |= {"component_version": self._component_version, "type": "ephemeral", "state": state}
        step |= {"after": [f"part-{index}"] if index else [], "parameters": {"seed": self.draw(100)}, "ports": []}
        step |= {"inputs": {}, "outputs": {}, "run_step": state == "FAILED", "error": state == "FAILED"}
        if state == "FAILED":
            step["msg"] = "Exit code 2."
        step |= {"timestamp": start, "start_timestamp": start, "end_timestamp": end}
        if state == "FINISHED":
            output = self.new("output", by)
            output |= {"step": step["id"], "output_type": "output", "file_name": "odtp-output.zip"}
            output |= {"file_size": self.draw(900_000_000), "file_type": "application/zip"}
            output["sha256"] = sha256(output["id"].encode()).hexdigest()
            output |= {"metadata": {"description": "Made up."}, "access_control": {"public": False}}
            step["output"] = attempt["output"] = output["id"]
            bundle.append(output)
        step["attempts"] = [attempt]
        return bundle

    def files(self, docs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The first file of a template, within its size."""
        size = self.draw(int(docs[0]["max_mb"] * 1024 * 1024))
        digest = sha256(f"file {self._made}".encode()).hexdigest()
        return [{"name": docs[0]["name"], "size": size, "sha256": digest}]

    def origin(self, kind: str, document: Document, key: str) -> Document:
        """The beginning of a frozen copy taken now."""
        return {"origin": {"kind": kind, "id": document["id"], "key": key}, "taken_at": self._stamp}

    def model_copy(self, model: Document) -> Document:
        """A frozen copy of a model."""
        kept = {name: model[name] for name in ("name", "desc", "model_files", "data_files") if name in model}
        return self.origin("model", model, model["name"]) | kept

    def training_copy(self, training: Document) -> Document:
        """A frozen copy of a training."""
        project = next(item for item in self._projects if item["id"] == training["project"])
        names = ("name", "desc", "home_dir", "git_repo", "docker_repo")
        kept = {name: project[name] for name in names if name in project}
        copy = self.origin("training", training, f"{project['name']}:{training['name']}") | {"name": training["name"]}
        copy["project"] = self.origin("project", project, project["name"]) | kept
        return copy | {name: training[name] for name in ("bvers", "notebook", "details") if name in training}

    def workflow_copy(self) -> Document:
        """A frozen copy of the workflow."""
        origin = self.origin("workflow", self._workflow, self._workflow["name"])
        return origin | {"name": self._workflow["name"], "steps": self._workflow["steps"]}


def stamp(second: int) -> str:
    """A moment, in seconds since 1970, as it is stored."""
    return strftime("%Y-%m-%dT%H:%M:%S.000Z", gmtime(second))
