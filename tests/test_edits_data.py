"""Edits as data: a file and back, and mistakes in it, each told in one line with its place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alife.core.errors import InputError
from alife.sim import edits as by_hand
from alife.sim.edits import Happen, Mind, Paint, Put


def test_a_file_and_back(tmp_path):
    """A line an edit; defaults are left out."""
    edits = (
        Paint(at=0, brush="wall", cells=(3, 1)), Put(at=2, cells=(5,), genome=by_hand.encoded(np.array([0.1, -2]))),
        Put(at=2, cells=(5,), genome=by_hand.encoded(np.zeros(1)), energy=7), Happen(at=2, do="flood", share=0.25),
        Mind(at=9, agent=4, do="swap", other=2**60), Mind(at=9, agent=4, do="force", gates=((0, 1, 2, 0), (1, 0, 0, 1))),
    )  # fmt: skip
    file = tmp_path / "edits.json"
    file.write_text(by_hand.dump(edits))
    lines = file.read_text().splitlines()
    assert by_hand.load(file) == edits and len(lines) == len(edits) + 2
    assert lines[4] == '{"kind":"happen","at":2,"do":"flood","share":0.25},'
    assert by_hand.edit_of({"kind": "mind", "at": 9, "agent": 4, "do": "force", "gates": [[0, 1, 2, 0], [1, 0, 0, 1]]}) == edits[5]
    file.write_text(by_hand.dump(()))
    assert by_hand.load(file) == ()


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20))
def test_genes_as_text(numbers):
    found = by_hand.decoded(by_hand.encoded(np.array(numbers, np.float32)))
    assert found.dtype == np.float32 and found.tolist() == np.array(numbers, np.float32).tolist()


MISTAKES = [
    ("[1]", "edit 1: expected a mapping, got 1"),
    ('[{"kind": "fly"}]', "edit 1: kind: expected one of paint, put, happen, mind, got 'fly'"),
    ('[{"kind": ["paint"]}]', "edit 1: kind: expected one of"),
    ('{"kind": "paint"}', "expected a list of at most 100000 edits, got a mapping"),
    ("[", "not valid JSON"),
    ("[" * 100_000, "not valid JSON"),
    ("\xff", "not valid JSON"),
    ('[{"kind": "paint", "at": 1, "brush": "wall"}]', "edit 1: cells: missing"),
    ('[{"kind": "paint", "at": 1, "brush": "wall", "cells": []}]', "edit 1: cells: expected at least 1 values, got 0"),
    ('[{"kind": "paint", "at": 1, "brush": "wall", "cells": [-1]}]', "edit 1: cells.0: expected a whole number >= 0"),
    ('[{"kind": "paint", "at": -1, "brush": "wall", "cells": [1]}]', "edit 1: at: expected a whole number >= 0"),
    ('[{"kind": "paint", "at": 1.5, "brush": "wall", "cells": [1]}]', "edit 1: at: "),
    ('[{"kind": "paint", "at": 1, "brush": "wall", "cells": [1], "colour": 3}]', "edit 1: colour: unknown key"),
    ('[{"kind": "put", "at": 1, "cells": [1], "genome": "AAAA!"}]', "edit 1: genome: expected base64"),
    ('[{"kind": "put", "at": 1, "cells": [1], "genome": "AAAA"}]', "edit 1: genome: expected float32 numbers, got 3 bytes"),
    ('[{"kind": "put", "at": 1, "cells": [1], "genome": "AADAfw=="}]', "edit 1: genome: expected finite numbers"),
    ('[{"kind": "happen", "at": 1, "do": "flood", "share": NaN}]', "edit 1: "),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "wipe", "other": 2}]', "edit 1: other: expected with 'swap' and nothing else"),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "swap"}]', "edit 1: other: expected with 'swap'"),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "swap", "other": 1}]', "edit 1: other: expected another agent"),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "force"}]', "edit 1: gates: expected with 'force' and 'hold map'"),
    ('[{"kind": "mind", "at": 1, "agent": 1, "do": "force", "gates": [[2, 0, 0, 1]]}]', "edit 1: gates.0.0: "),
    ('[{"kind": "happen", "at": 5, "do": "meet"}, {"kind": "happen", "at": 4, "do": "meet"}]', "edit 2: at: expected >= 5, in order"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_mistakes(tmp_path, text, said):
    file = tmp_path / "e.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(InputError) as caught:
        by_hand.load(file)
    assert str(caught.value).startswith(f"{file}: {said}") and "\n" not in str(caught.value)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match=r"^cannot read "):
        by_hand.load(tmp_path)
