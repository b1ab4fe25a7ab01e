"""What is changed by hand can be undone, is overtaken by another history, and whatever is left can be lived again by `alife run`."""

import shlex
from pathlib import Path

import numpy as np
import pytest
from conftest import evolves
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import Told
from watched import TICKS, all_gates, config, ids, lived, living, opened, paused, problem, snapshots_often

from alife.core import config as configs
from alife.core.errors import UserError
from alife.evolve import ecology
from alife.sim import edits as by_hand
from alife.sim.edits import Happen, Mind, Paint, Put, encoded
from alife.viewer.history import History
from alife.viewer.office import Office

pytestmark = evolves
KINDS = (
    "wall", "good food", "erase", "put", "drought", "flood", "plague", "migration", "wipe", "scramble", "swap", "freeze memory",
    "thaw memory", "force", "hold map", "restore genes",
)  # fmt: skip


def made(source, kind, number):
    """An edit of now; which cells and which agents, says the number."""
    at, living_ones = source.tick, ids(source)
    cells = tuple(range(number % 400, number % 400 + 40))
    if kind in ("wall", "good food", "erase"):
        return Paint(at=at, brush=kind, cells=cells)
    if kind == "put":
        return Put(at=at, cells=cells, genome=encoded(np.full(512, number % 3 - 1)), energy=500)
    if kind in ("drought", "flood", "plague", "migration"):
        return Happen(at=at, do=kind, share=0.3, ticks=9, number=12)
    agent, other = living_ones[number % len(living_ones)], living_ones[(number + 1) % len(living_ones)]
    more = {"swap": {"other": other}, "force": {"gates": ((number % 2, 0, number % 64, 1),)}, "hold map": {}}.get(kind, {})
    if kind == "hold map":
        more = {"gates": all_gates(source, agent)}
    return Mind(at=at, agent=agent, do=kind, **more)


class Model:
    """What a player should be at, by plain bookkeeping."""

    def __init__(self, player):
        self.player, self.source = player, player.source
        self.line, self.twin, self.number, self.undos = list(self.source.edits), None, 0, []

    def here(self, edits):
        """Those that are done by now."""
        return [edit for edit in edits if edit.at <= self.source.tick]

    def do(self, command):
        """One of COMMANDS."""
        match command:
            case ("goto", tick):
                self.player.goto(tick)
            case ("live", ticks):
                self.player.live(min(ticks, TICKS - self.source.tick))
            case ("edit", kind, number, beside):
                self.edit([made(self.source, kind, number)], beside)
            case ("stroke", number):
                self.player.remember()
                at, brush, first = self.source.tick, "erase" if number % 2 else "wall", number % 300
                self.edit([Paint(at=at, brush=brush, cells=tuple(range(k, k + 9))) for k in range(first, first + 3)], False, True)
            case ("bad", kind):
                self.refuse(kind)
            case ("undo",):
                self.undo()
            case ("twin",):
                self.player.double()
                self.twin = list(self.line) if self.twin is None else None
                self.number += self.twin is not None
        assert list(self.source.edits) == self.line and (self.player.twin is None) == (self.twin is None), command

    def state(self):
        twin = self.player.twin
        return (
            self.source.digest(), self.source.edits, self.source.journal.state(), twin and (twin.digest(), twin.edits),
            self.player.history.ticks, len(self.player._undo), self.player.memoirs.story().events, self.player._last,
        )  # fmt: skip

    def edit(self, edits, beside, is_part=False):
        before = self.state()
        tick, digest, line = self.source.tick, before[0], self.here(self.line)
        twin = None if self.twin is None else self.number
        for done, edit in enumerate(edits):
            try:
                self.player.edit(edit, beside, is_part)
            except UserError:
                assert done or self.state() == before
                continue
            if self.twin is not None:
                self.twin = self.here(self.twin)
            elif beside:
                self.twin, self.number = self.here(self.line), self.number + 1
            self.line = [*self.here(self.line), edit]
            self.undos = [undo for undo in self.undos if undo[0] <= tick]
            if not is_part or done == 0:
                self.undos = [*self.undos, (tick, digest, line, twin)][-8:]

    def undo(self):
        if not self.undos:
            before = self.state()
            self.player.undo()
            assert self.state() == before
            return
        tick, digest, self.line, twin = self.undos.pop()
        self.player.undo()
        assert (self.source.tick, self.source.digest()) == (tick, digest)
        self.twin = None if twin != self.number or self.twin is None else self.here(self.twin)

    def refuse(self, kind):
        """What cannot be done changes nothing, and is not on record."""
        before, tick = self.state(), self.source.tick
        dead = next(agent for agent in range(10**6) if agent not in ids(self.source))
        edit = {
            "dead": Mind(at=tick, agent=dead, do="wipe"),
            "nobody": Mind(at=tick, agent=10**7, do="freeze memory"),
            "early": Paint(at=tick + 1, brush="wall", cells=(1,)),
            "nowhere": Paint(at=tick, brush="wall", cells=(10**6,)),
            "unheard of": Happen(at=tick, do="earthquake"),
            "late": Happen(at=max(0, tick - 1), do="earthquake"),
        }[kind]
        for beside in (True, False):
            with pytest.raises(UserError):
                self.player.edit(edit, beside)
            assert self.state() == before

    def check(self):
        """All histories against those of an ecosystem that nobody looks at."""
        tick = self.source.tick
        assert self.source.digest() == lived(self.line, tick)
        if self.twin is not None:
            assert self.player.twin.tick == tick and self.player.twin.digest() == lived(self.twin, tick)
        self.player.publish()
        story = self.player.frame.story
        assert story.edits == len(self.line)
        assert [event[0] for event in story.events if event[1] == "edit"] == [edit.at for edit in self.here(self.line)]
        kin = self.player.memoirs.kin
        assert set(kin["id"][kin["died"] < 0].tolist()) == set(ids(self.source))


COMMANDS = st.one_of(
    st.tuples(st.just("goto"), st.integers(0, TICKS)),
    st.tuples(st.just("live"), st.integers(1, 30)),
    st.tuples(st.just("edit"), st.sampled_from(KINDS), st.integers(0, 1000), st.booleans()),
    st.tuples(st.just("edit"), st.sampled_from(KINDS), st.integers(0, 1000), st.booleans()),
    st.tuples(st.just("stroke"), st.integers(0, 1000)),
    st.tuples(st.just("bad"), st.sampled_from(("dead", "nobody", "early", "late", "nowhere", "unheard of"))),
    st.tuples(st.sampled_from(("undo", "undo", "twin"))),
)


def play(player, commands):
    model = Model(player)
    for command in commands:
        model.do(command)
    model.check()
    player.goto(TICKS)
    model.check()
    return model


@pytest.fixture
def often(monkeypatch):
    snapshots_often(monkeypatch)


@settings(max_examples=12, deadline=None)
@given(st.lists(COMMANDS, min_size=3, max_size=12), st.sampled_from((None, 1)))
def test_any_history(commands, room):
    player = paused(living())
    if room is not None:
        player.history = History(room)
        player._snapshot()
    play(player, [("live", 15), *commands])


def test_any_history_with_many_snapshots(often):
    @settings(max_examples=12, deadline=None)
    @given(st.lists(COMMANDS, min_size=3, max_size=12))
    def check(commands):
        player = paused(living())
        player.want(follow=2)
        play(player, [("live", 15), *commands])

    check()


HISTORIES = {
    "overtaken": "live 40, edit erase 1 0, live 20, goto 20, edit wall 9 0, live 50",
    "undone when it lies ahead": "live 10, edit wall 5 0, live 30, edit erase 7 1, goto 3, undo",
    "undone twice": "live 9, stroke 4, live 3, edit put 5 1, live 9, undo, undo, undo",
    "refused on the way back": "live 30, edit wall 3 0, live 9, goto 10, bad dead, goto 39",
    "two at a tick": "live 8, edit wall 3 0, edit put 90 0, goto 8, goto 2, goto 8, undo",
    "a twin before and after": "live 20, edit wipe 3 1, goto 5, edit drought 0 0, live 30, goto 2",
    "a twin of another": "edit erase 3 1, live 20, twin, live 9, twin, edit wall 1 1, goto 9, undo, undo",
    "a twin that goes": "live 9, edit force 3 1, edit force 4 1, undo, live 9, undo",
    "failing beside": "live 9, bad nobody, edit thaw_memory 3 1, edit restore_genes 4 1, undo",
    "undone from another history": "live 30, edit wall 3 0, goto 9, edit erase 99 0, live 3, undo, undo, live 40",
}


def told(text):
    """Commands from words."""
    for words in text.split(", "):
        name, *arguments = words.split()
        yield name, *(int(word) if word.isdigit() else word.replace("_", " ") for word in arguments)


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("is_often", [False, True])
def test_some_histories(name, is_often, request):
    if is_often:
        request.getfixturevalue("often")
    play(paused(living()), told(HISTORIES[name]))


def test_only_so_much_is_undone():
    player = paused(living())
    model = Model(player)
    for _ in range(11):
        model.do(("edit", "good food", 7 * player.source.tick, False))
        model.do(("live", 2))
    for _ in range(10):
        model.do(("undo",))
    assert player.source.tick == 6 and len(model.line) == 3 and player._note == "nothing to undo"
    model.check()


# ---- lived again by the command ----


def again(alife, said):
    """What the command that is told of ends with."""
    command = said.removeprefix("saved; live it again: ")
    arguments = shlex.split(command)
    assert arguments[0] == "alife" and command != said
    found = alife(*arguments[1:], "--out", Path(arguments[2]).parent / "again", "--json")
    assert found.code == 0, found.err
    return found.json


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_kept_can_be_lived_again(alife, tmp_path, monkeypatch, threads):
    monkeypatch.setattr(ecology, "THREADS_PAY", 0)
    player = paused(living(f"run.threads={threads}"))
    model = Model(player)
    for i, kind in enumerate(KINDS):
        model.do(("edit", kind, 50 * i, i % 3 == 0))
        model.do(("live", 2))
        if i % 5 == 4:
            model.do(("goto", player.source.tick - 3))
            model.do(("edit", "migration", i, False))
    player.step()
    office = Office(tmp_path / "kept", player.source.origin)
    found = again(alife, office.keep(player.source))
    assert len(model.line) > 12 and found["digest"] == player.source.digest() and found["ticks"] == player.source.tick
    player.undo(), player.step()
    found = again(alife, office.keep(player.source))
    assert found["digest"] == player.source.digest() and len(list((tmp_path / "kept").iterdir())) == 2


def test_the_last_edit_is_lived_again_too(alife, tmp_path):
    """The end of `alife run --ticks` is before the edits of that tick."""
    player = paused(living())
    player.live(3)
    player.edit(Paint(at=3, brush="erase", cells=tuple(range(200))), False)
    found = again(alife, Office(tmp_path / "kept", player.source.origin).keep(player.source))
    assert player.source.tick == 3
    player.step()
    assert (found["ticks"], found["digest"]) == (4, player.source.digest())


def files(folder):
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_session_that_begins_in_a_run_with_edits_of_its_own(alife, tmp_path):
    """From its last checkpoint, and from before it; the run itself stays as it is."""
    own = [Happen(at=5, do="drought", share=0.4, ticks=20), Paint(at=12, brush="erase", cells=tuple(range(60)))]
    own += [Paint(at=20, brush="erase", cells=tuple(range(60, 120))), Happen(at=30, do="meet")]
    ecology.begin(config("run.ticks=20", "run.keep=9"), tmp_path, Told(), "r", edits=own)
    ecology.resume(tmp_path / "r", Told(), explicit={"run.ticks": 40})
    before = files(tmp_path / "r")
    player, office = opened(tmp_path / "r"), None
    for tick in (20, 19, 21, 20):  # saved before the edit of that tick was done
        player.goto(tick)
        assert player.source.digest() == lived(own, tick)
    for way in ("", "goto 25, ", "goto 8, live 10, "):
        player = opened(tmp_path / "r")
        assert player.source.tick == 40 and player.source.digest() == lived(own, 40)
        office = office or Office(tmp_path / "kept", player.source.origin)
        model = Model(player)
        for command in told(f"{way}edit scramble 3 1, live 9, edit plague 0 0, live 12, goto 41, live 20"):
            model.do(command)
        assert model.line[:2] == own[:2] and (own[3] in model.line) == (not way)
        tick, digest = player.source.tick, player.source.digest()
        assert digest == lived(model.line, tick) and player.twin.digest() == lived(model.twin, tick)
        assert again(alife, office.keep(player.source))["digest"] == digest
    assert files(tmp_path / "r") == before


def test_the_config_that_is_kept_is_that_of_the_run(tmp_path):
    """Without what was done by hand, which stands in the other file."""
    player = paused(living())
    player.edit(Happen(at=0, do="flood", share=0.5, ticks=9), False)
    Office(tmp_path / "kept", player.source.origin).keep(player.source)
    (folder,) = (tmp_path / "kept").iterdir()
    assert configs.load(folder / "config.yaml") == config() != player.source.config
    assert by_hand.load(folder / "edits.json") == player.source.edits


# ---- problems ----

DEEDS = ("wipe", "scramble", "freeze memory", "thaw memory", "hold map", "restore genes", "force")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(
    st.tuples(st.just("goto"), st.integers(0, 40)), st.tuples(st.just("edit"), st.sampled_from(DEEDS), st.booleans()),
    st.tuples(st.sampled_from(("undo", "skip", "twin", "bad"))),
), min_size=2, max_size=12))  # fmt: skip
def test_any_history_of_lives(commands):
    """Against a source that does the same straight on."""
    player, line, undos = paused(problem()), [], []
    source = player.source

    def here():
        """Done by now: who leaves a life at a tick is in the next one a tick later."""
        return [(at, edit) for at, edit in line if at < tick or (at == tick and edit is not None)]

    for command in [("goto", 6), *commands]:
        tick, digest = source.tick, source.digest()
        match command:
            case ("goto", wanted):
                player.goto(wanted)
            case ("edit", do, beside):
                gates = {"hold map": all_gates(source, 0), "force": ((0, 0, 3, 1),)}.get(do)
                edit = Mind(at=tick, agent=0, do=do, gates=gates)
                player.edit(edit, beside)
                undos = [*(undo for undo in undos if undo[0] <= tick), (tick, digest, here())][-8:]
                line = [*here(), (tick, edit)]
            case ("skip",):
                source.skip()
                player.arrived()
                line, undos = [*here(), (tick, None)], [undo for undo in undos if undo[0] <= tick]
            case ("twin",):
                player.double()
            case ("bad",):
                with pytest.raises(UserError):
                    player.edit(Paint(at=tick, brush="wall", cells=(1,)), True)
                assert source.digest() == digest
            case ("undo",) if undos:
                tick, digest, line = undos.pop()
                player.undo()
                assert (source.tick, source.digest()) == (tick, digest)
        player.publish()
    for wanted in (source.tick, 45):
        player.goto(wanted)
        plain, coming = problem(), list(line)
        while plain.tick < wanted or (coming and coming[0][0] <= wanted and coming[0][1] is not None):
            if coming and coming[0][0] == plain.tick:
                edit = coming.pop(0)[1]
                plain.skip() if edit is None else plain.edit(edit)
            else:
                plain.advance(1)
        assert source.digest() == plain.digest()


def test_a_life_that_is_left_ends_the_history_in_which_it_went_on():
    player = paused(problem())
    player.goto(7)
    player.edit(Mind(at=7, agent=0, do="wipe"), False)
    player.goto(6)
    player.source.skip()
    player.arrived()
    digest = player.source.digest()
    player.undo()
    assert (player.source.tick, player.source.digest(), player._note) == (7, digest, "nothing to undo")
