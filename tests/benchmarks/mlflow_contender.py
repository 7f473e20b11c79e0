"""MLflow's tracking store over SQLite, in a process of the Python that it is installed in: it may not suit ours.

Run as a script it is that process: one JSON line is a call, one JSON line is its answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar

Document = dict[str, Any]
_MOST_FOUND = 50_000


class MlflowSqlite:
    """A run with two tags stands for a document; its name is not unique, and nothing checks that it is."""

    label = "MLflow"
    most = 10_000
    python: ClassVar[str] = ""

    def __init__(self, folder: Path) -> None:
        (folder / "mlflow").mkdir(exist_ok=True)
        words = [self.python, str(Path(__file__)), f"sqlite:///{folder / 'mlflow' / 'db'}"]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._ask("ready")

    def _ask(self, *call: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def bulk(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self.insert(document)

    def insert(self, document: Document) -> str:
        return str(self._ask("insert", document["name"], document["details"]["owner"], document["state"]))

    def update(self, id: str, state: str) -> None:
        self._ask("update", id, state)

    def get(self, id: str) -> Document | None:
        return self._ask("get", id)  # type: ignore[no-any-return]

    def by_name(self, name: str) -> Document | None:
        return self._ask("by_name", name)  # type: ignore[no-any-return]

    def scan(self, owner: str) -> int:
        return int(self._ask("scan", owner))

    def ids(self) -> list[str]:
        return self._ask("ids")  # type: ignore[no-any-return]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


class _Served:
    """The calls, as MLflow's own client does them."""

    def __init__(self, address: str) -> None:
        from mlflow.tracking import MlflowClient

        self._client = MlflowClient(address)
        found = self._client.get_experiment_by_name("bench")
        self._experiment = found.experiment_id if found else self._client.create_experiment("bench")

    def ready(self) -> bool:
        return True

    def insert(self, name: str, owner: str, state: str) -> str:
        tags = {"owner": owner, "state": state}
        return str(self._client.create_run(self._experiment, run_name=name, tags=tags).info.run_id)

    def update(self, id: str, state: str) -> None:
        self._client.set_tag(id, "state", state)

    def get(self, id: str) -> Document:
        return dict(self._client.get_run(id).data.tags)

    def by_name(self, name: str) -> Document | None:
        found = self._client.search_runs([self._experiment], f"attributes.run_name = '{name}'", max_results=1)
        return dict(found[0].data.tags) if found else None

    def scan(self, owner: str) -> int:
        return len(self._client.search_runs([self._experiment], f"tags.owner = '{owner}'", max_results=_MOST_FOUND))

    def ids(self) -> list[str]:
        return [run.info.run_id for run in self._client.search_runs([self._experiment], max_results=_MOST_FOUND)]


def _serve(address: str) -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    served = _Served(address)
    for line in sys.stdin:
        name, *words = json.loads(line)
        answers.write(json.dumps(getattr(served, name)(*words)) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
