"""Whole processes that open a store and get one document: a one-shot command is mostly that."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.benchmarks.mlflow_contender import MlflowSqlite
from tests.benchmarks.turns import process_seconds

# Each imports what it needs and no more.
_SCRIPTS = {
    "modelops": """
import sys
from modelops_tui.store.store import Store
class Schema:
    kinds = ("training",)
    def terms(self, kind, document):
        return (document["name"],)
    def check(self, transaction):
        pass
assert Store.open(sys.argv[1] + "/modelops", Schema(), create=False).get("training", sys.argv[2])
""",
    "SQLite WAL FULL": """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/sqlite/db")
assert json.loads(db.execute("select body from d where id = ?", (sys.argv[2],)).fetchone()[0])
""",
    "LMDB": """
import json, lmdb, sys
env = lmdb.open(sys.argv[1] + "/lmdb", map_size=8 << 30, max_dbs=2)
documents = env.open_db(b"documents")
with env.begin() as tx:
    assert json.loads(tx.get(sys.argv[2].encode(), db=documents))
""",
    "TinyDB": """
import sys
from tinydb import TinyDB
assert TinyDB(sys.argv[1] + "/tinydb/db.json").get(doc_id=int(sys.argv[2]))
""",
    "MLflow": """
import sys
from mlflow.tracking import MlflowClient
assert MlflowClient("sqlite:///" + sys.argv[1] + "/mlflow/db").get_run(sys.argv[2])
""",
}
BARE, IMPORTS = "bare Python", "bare Python with json"


def one_shots(ids: dict[str, list[str]], folder: Path) -> dict[str, float]:
    """CPU seconds of a process for each contender, and of Pythons that open nothing."""
    words = {BARE: [sys.executable, "-c", "pass"], IMPORTS: [sys.executable, "-c", "import json"]}
    for name, known in ids.items():
        python = MlflowSqlite.python if name == MlflowSqlite.label else sys.executable
        words[name] = [python, "-c", _SCRIPTS[name], str(folder), known[len(known) // 2]]
    return process_seconds(words)
