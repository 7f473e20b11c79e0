"""Random work by two people at one home does what a small model in memory says, whatever the order."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from modelops_tui import open_home
from modelops_tui.entities.registry import kind_named
from modelops_tui.errors import NotFound, Refused
from modelops_tui.services import history, records, removing
from modelops_tui.services.home import Home

names = st.sampled_from(["a", "b", "c", "d"])
texts = st.sampled_from(["one", "two", "three"])
MODEL, PROJECT, TRAINING = kind_named("model"), kind_named("project"), kind_named("training")


class RandomWork(RuleBasedStateMachine):
    """Models, projects that use them, and trainings, by two open homes that take turns."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.homes: list[Home] = []
        self.turn = 0
        self.models: set[str] = set()
        self.projects: dict[str, tuple[str | None, str | None]] = {}
        self.trainings: set[tuple[str, str]] = set()
        self.past: list[tuple[set[str], dict[str, tuple[str | None, str | None]], set[tuple[str, str]]]] = []

    @initialize()
    def open(self) -> None:
        self.homes = [open_home(self.folder / "home", "ada") for _ in range(2)]

    @property
    def home(self) -> Home:
        self.turn += 1
        return self.homes[self.turn % 2]

    def remember(self) -> None:
        self.past.append((set(self.models), dict(self.projects), set(self.trainings)))

    def refused(self, work: object) -> bool:
        sequence = self.homes[0].store.sequence
        try:
            work()  # type: ignore[operator]
        except (Refused, NotFound):
            self.homes[0].catch_up()
            assert self.homes[0].store.sequence == sequence or self.homes[0].store.sequence >= sequence
            return True
        return False

    @rule(name=names)
    def make_a_model(self, name: str) -> None:
        there = name in self.models
        before = (set(self.models), dict(self.projects), set(self.trainings))
        assert self.refused(lambda: records.create(self.home, MODEL, {}, name)) is there
        if not there:
            self.past.append(before)
            self.models.add(name)

    @precondition(lambda self: self.models)
    @rule(name=names, desc=texts, data=st.data())
    def make_a_project(self, name: str, desc: str, data: st.DataObject) -> None:
        model = data.draw(st.none() | st.sampled_from(sorted(self.models)))
        values = {"desc": desc, "models": [model] if model else []}
        there = name in self.projects
        if not there:
            self.remember()
        assert self.refused(lambda: records.create(self.home, PROJECT, values, name)) is there
        if not there:
            self.projects[name] = (desc, model)

    @precondition(lambda self: self.projects)
    @rule(name=names, data=st.data())
    def make_a_training(self, name: str, data: st.DataObject) -> None:
        project = data.draw(st.sampled_from(sorted(self.projects)))
        there = (project, name) in self.trainings
        if not there:
            self.remember()
        key = f"{project}:{name}"
        assert self.refused(lambda: records.create(self.home, TRAINING, {"notebook": "n.ipynb"}, key)) is there
        self.trainings.add((project, name))

    @precondition(lambda self: self.projects)
    @rule(desc=texts, data=st.data())
    def change_a_project(self, desc: str, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.projects)))
        home = self.home
        if self.projects[name][0] != desc:
            self.remember()
        records.change(home, PROJECT, records.find_one(home, PROJECT, name)["id"], {"desc": desc})
        self.projects[name] = (desc, self.projects[name][1])

    @precondition(lambda self: self.projects)
    @rule(new=names, data=st.data())
    def rename_a_project(self, new: str, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(sorted(self.projects)))
        home = self.home
        id = records.find_one(home, PROJECT, old)["id"]
        if new != old and new not in self.projects:
            self.remember()
        taken = new in self.projects and new != old
        assert self.refused(lambda: records.rename(home, PROJECT, id, new)) is taken
        if not taken:
            self.projects[new] = self.projects.pop(old)
            self.trainings = {(new if project == old else project, name) for project, name in self.trainings}

    @rule(name=names)
    def remove_a_model(self, name: str) -> None:
        home = self.home
        used = any(model == name for _, model in self.projects.values())
        fails = name not in self.models or used
        if not fails:
            self.remember()

        def work() -> None:
            plan = removing.plan_removal(home, [(MODEL, records.find_one(home, MODEL, name)["id"])])
            removing.remove(home, plan)

        assert self.refused(work) is fails
        if not fails:
            self.models.discard(name)

    @precondition(lambda self: self.projects)
    @rule(data=st.data())
    def remove_a_project(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.projects)))
        home = self.home
        self.remember()
        plan = removing.plan_removal(home, [(PROJECT, records.find_one(home, PROJECT, name)["id"])])
        gone = {entry for entry in self.trainings if entry[0] == name}
        assert removing.remove(home, plan) == 1 + len(gone)
        del self.projects[name]
        self.trainings -= gone

    @rule()
    def take_back(self) -> None:
        if not self.past:
            assert self.refused(lambda: history.undo(self.home))
            return
        history.undo(self.home)
        self.models, self.projects, self.trainings = self.past.pop()

    @rule()
    def compact(self) -> None:
        self.home.store.compact()

    @invariant()
    def both_see_what_the_model_says(self) -> None:
        for home in self.homes:
            home.catch_up()
            assert {item["name"] for item in home.documents(MODEL)} == self.models
            by_id = {item["id"]: item["name"] for item in home.documents(MODEL)}
            projects = {
                item["name"]: (item.get("desc"), by_id[item["models"][0]] if item["models"] else None)
                for item in home.documents(PROJECT)
            }
            assert projects == self.projects
            names = {item["id"]: item["name"] for item in home.documents(PROJECT)}
            assert {(names[item["project"]], item["name"]) for item in home.documents(TRAINING)} == self.trainings
            assert home.count(TRAINING) == len(self.trainings)

    def teardown(self) -> None:
        for home in self.homes:
            home.close()
        shutil.rmtree(self.folder, ignore_errors=True)


TestRandomWork = RandomWork.TestCase
TestRandomWork.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
