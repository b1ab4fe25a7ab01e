"""Why it does what it does: the terms whose sum is the action, and the whole map that they come from."""

from __future__ import annotations

import math

import numpy as np
import pygame

from alife.insight.moment import Because, Look
from alife.insight.why import is_proven, recalled
from alife.viewer.kit import Canvas, signed
from alife.viewer.theme import BAD, BIG, DIM, FAINT, FIRED, GOOD, LINE, PANEL, ROW, TEXT, UNIT, shades

MOST_TERMS = 6
MOST_MARKS = 600
"""Cells of the map up to which every one of them answers a hover; above, every row does."""
MAP = "a row for every output, a column for every input; orange adds, blue takes away"
NAMED_ROWS = 24
"""Rows of the map up to which they are as tall as their names."""


def note(look: Look) -> str:
    """What the heading says at its right."""
    if not look.actions:
        return ""
    name, value = look.actions[look.action]
    return f"{name} {signed(value)}"


def in_words(because: Because) -> str:
    """The sum in one line."""
    terms = [f"{signed(term.value)} {term.name}" for term in because.terms[:4]]
    rest = because.rest + sum(term.value for term in because.terms[4:])
    return f"{because.output} = {signed(because.total)}: " + ", ".join([*terms, f"{signed(rest)} the rest"])


def draw(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """The section from y on; returns the y below."""
    if look.because:
        y = _chosen(canvas, area, y, look)
    y = _actions(canvas, area, y, look)
    if not look.because:
        canvas.text((area.left, y), "this controller tells no gates", FAINT, width=area.width)
        return y + canvas.px(ROW)
    for because in look.because[len(look.actions) :]:
        y = _small(canvas, area, y, because, (look.move, *["part"] * look.parts))
    return _map(canvas, area, y + canvas.px(), look)


def _chosen(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """The strongest action as a sum, a bar for every term."""
    because, proven = look.because[look.action], is_proven(look)
    proof, tall = f"C·x {'✓' if proven else '✗'} {look.residual:.0e}", canvas.px(ROW)
    room = canvas.text((area.right, y + canvas.px(6)), proof, GOOD if proven else BAD, right=True, width=area.width // 2)
    checked = f"coefficients times inputs, summed, against what the net put out: largest difference {look.residual:.1e}"
    canvas.mark((area.right - room, y, room, canvas.px(28)), checked)
    big = f"{because.output.upper()} = {signed(because.total)}"
    canvas.text((area.left, y), big, TEXT, BIG, width=area.width - room - canvas.px())
    canvas.mark((area.left, y, area.width - room, canvas.px(28)), f"strongest action: {in_words(because)}")
    y = _credit(canvas, area, y + canvas.px(28), look)
    terms = because.terms[:MOST_TERMS]
    rest = because.rest + sum(term.value for term in because.terms[MOST_TERMS:])
    most = max((abs(v) for v in (*(term.value for term in terms), rest) if math.isfinite(v)), default=1.0) or 1.0
    bar, number = min(canvas.px(96), area.width // 5), canvas.px(44)
    for term in terms:
        product = f"{signed(term.coefficient)} × {signed(term.input)}" if area.width > canvas.px(240) else ""
        used = canvas.text((area.right, y), product, DIM, right=True, width=area.width // 3)
        _term(canvas, pygame.Rect(area.left, y, area.width - used, tall), bar, number, term.value, most, term.name)
        told = f"{because.output} ← {term.name}: coefficient {term.coefficient:+.2f} × input {term.input:+.2f} = {term.value:+.2f}"
        canvas.mark((area.left, y, area.width, tall), told)
        y += tall
    _term(canvas, pygame.Rect(area.left, y, area.width, tall), bar, number, rest, most, "all the rest", DIM)
    canvas.mark((area.left, y, area.width, tall), f"all the other inputs together add {rest:+.2f}")
    return y + tall + canvas.px()


def _credit(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """How much of it comes from the memory, and what would be done without."""
    (name, value), (parts, without) = look.actions[look.action], recalled(look)
    part, changes = parts[look.action], without != look.action
    if changes:
        other = look.actions[without][0]
        text = f"without memory: {other} · memory adds {other} {signed(parts[without])}, {name} {signed(part)}"
    elif part:
        text = f"senses {signed(value - part)} · memory {signed(part)} · the same without memory"
    else:
        text = "from the senses alone"
    return canvas.paragraph(area, y, text, FIRED if changes else DIM) + canvas.px(4)


def _term(canvas: Canvas, row: pygame.Rect, bar: int, number: int, value: float, most: float, name: str, ink=TEXT) -> None:
    """Bar, number and name of a summand."""
    canvas.bar((row.left, row.top + canvas.px(4), bar, canvas.px(9)), value / most)
    canvas.text((row.left + bar + number, row.top), signed(value), ink, right=True, width=number)
    start = bar + number + canvas.px()
    canvas.text((row.left + start, row.top), name, ink, width=row.width - start - canvas.px())


def _actions(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """All that it could do, the strongest lit."""
    cells = canvas.cells(area, y, len(look.actions), 124)
    most = max((abs(value) for _, value in look.actions if math.isfinite(value)), default=1.0) or 1.0
    for i, (cell, (name, value)) in enumerate(zip(cells, look.actions, strict=True)):
        canvas.named(cell, name, value, FIRED if i == look.action else TEXT, most)
        canvas.mark(cell, in_words(look.because[i]) if look.because else f"action {name}: {value:+.2f}")
    return max((cell.bottom for cell in cells), default=y) + canvas.px()


def _small(canvas: Canvas, area: pygame.Rect, y: int, because: Because, moves: tuple[str, ...]) -> int:
    """The write gate or a wish of the head in one line, with its two largest terms."""
    tall, label = canvas.px(ROW), min(canvas.px(88), area.width // 3)
    fires = because.output.removeprefix("head ") in moves
    canvas.text((area.left, y), because.output, FIRED if fires else DIM, width=label - canvas.px(4))
    canvas.text((area.left + label + canvas.px(44), y), signed(because.total), TEXT, right=True, width=canvas.px(44))
    terms = " ".join(f"{signed(term.value)} {term.name} " for term in because.terms[:2])
    rest = because.rest + sum(term.value for term in because.terms[2:])
    start = label + canvas.px(52)
    canvas.text((area.left + start, y), f"= {terms} {signed(rest)} rest", DIM, width=area.width - start)
    canvas.mark((area.left, y, area.width, tall), in_words(because) + (" · it fires" if fires else ""))
    return y + tall


def _strongest(sizes: np.ndarray, most: int) -> np.ndarray:
    """Places of the largest, in their order."""
    return np.sort(np.argsort(-sizes, kind="stable")[:most])


def _map(canvas: Canvas, area: pygame.Rect, y: int, look: Look) -> int:
    """C as a heat map, a row for every output and a column for every input; the largest where not all have room."""
    whole = np.nan_to_num(look.map, nan=0.0, posinf=0.0, neginf=0.0)
    if not whole.size:
        return y
    is_named = len(whole) <= NAMED_ROWS
    label = min(canvas.px(88), area.width // 3) if is_named else 0
    width, most_rows = area.width - label, canvas.px(240)
    sizes = abs(whole)
    rows, columns = _strongest(sizes.max(axis=1), max(most_rows, NAMED_ROWS)), _strongest(sizes.max(axis=0), width)
    pitch, tall = min(width // len(columns), canvas.px(24)), canvas.px(15) if is_named else max(1, most_rows // len(rows))
    shown, most = look.map[np.ix_(rows, columns)], float(sizes.max()) or 1.0
    lost = whole.size - shown.size
    scale = f"± {most:.2f}" + (f" · {lost:,} weaker hidden" if lost else "")
    used = canvas.text((area.right, y), scale, DIM, right=True, width=area.width * 2 // 3)
    canvas.text((area.left, y), f"map C, {whole.shape[0]:,} × {whole.shape[1]:,}", DIM, width=area.width - used - canvas.px())
    canvas.mark((area.left, y, area.width, canvas.px(ROW)), f"{MAP}: {whole.shape[0]:,} outputs, {whole.shape[1]:,} inputs; {scale}")
    y += canvas.px(ROW)
    image = shades(shown, -most, most, "signed").repeat(tall, 0).repeat(pitch, 1)
    if pitch >= 4 and tall >= 4:
        image[:, pitch - 1 :: pitch] = image[tall - 1 :: tall] = PANEL
    canvas.image(image, (area.left + label, y))
    _rows(canvas, pygame.Rect(area.left, y, label, tall), look, rows, is_named)
    _hovers(canvas, pygame.Rect(area.left + label, y, pitch, tall), look, rows, columns)
    y += tall * len(rows) + canvas.px(4)
    y = _groups(canvas, pygame.Rect(area.left + label, y, width, 0), pitch, [look.inputs[i] for i in columns])
    canvas.text((area.left, y), f"|C| {look.norm:.2f} · {turned(look.angle)}", DIM, width=area.width)
    told = f"Frobenius norm of C {look.norm:.3f}; {look.angle:.1f} degrees between all slots that go in and all that come out"
    canvas.mark((area.left, y, area.width, canvas.px(ROW)), told)
    return y + canvas.px(ROW)


def turned(angle: float) -> str:
    """The angle in words."""
    if angle != angle:
        return "no angle"
    kind = ("passed through", "bent", "made something new", "turned around")[(angle >= 20) + (angle >= 70) + (angle >= 110)]
    return f"what goes in is {kind}, {angle:.0f}°"


def _rows(canvas: Canvas, first: pygame.Rect, look: Look, rows: np.ndarray, is_named: bool) -> None:
    """Names of the rows, the strongest action lit."""
    for i, row in enumerate(rows if is_named else ()):
        ink = FIRED if row == look.action else DIM
        canvas.text((first.left, first.top + i * first.height - canvas.px(1)), look.outputs[row], ink, width=first.width - canvas.px(4))


def _hovers(canvas: Canvas, first: pygame.Rect, look: Look, rows: np.ndarray, columns: np.ndarray) -> None:
    """A mark for every cell, or, where they are many, for every row; `first`: the cell at the top left."""
    values, many, inputs = look.map.tolist(), len(rows) * len(columns) > MOST_MARKS, look.input.tolist()
    for i, row in enumerate(rows.tolist()):
        top, output, of = first.top + i * first.height, look.outputs[row], values[row]
        if many:
            best = sorted(columns.tolist(), key=lambda j, of=of: -abs(of[j]))[:4]  # type: ignore[misc]
            words = f"{output}: largest coefficients " + ", ".join(f"{of[j]:+.2f} {look.inputs[j]}" for j in best)
            canvas.mark((first.left, top, first.width * len(columns), first.height), words)
            continue
        for j, column in enumerate(columns.tolist()):
            name, c, x = look.inputs[column], of[column], inputs[column]
            told = f"{output} ← {name}: coefficient {c:+.2f} × input {x:+.2f} = {c * x:+.2f}"
            canvas.mark((first.left + j * first.width, top, first.width, first.height), told)


def _groups(canvas: Canvas, below: pygame.Rect, pitch: int, inputs: list[str]) -> int:
    """Under the map: which of its columns are senses, which are recalled."""
    first = next((i for i, name in enumerate(inputs) if name.startswith("recall ")), len(inputs))
    for start, end, name in ((0, first, "senses"), (first, len(inputs), "recalled")):
        if end > start and below.width > canvas.px(128):
            x, wide = below.left + start * pitch, (end - start) * pitch - canvas.px(2)
            canvas.fill((x, below.top, wide, 1), LINE)
            is_right = wide < canvas.px(64) and end == len(inputs)
            at = (x + wide if is_right else x, below.top + canvas.px(2))
            canvas.text(at, name, FAINT, right=is_right, width=max(wide, canvas.px(64)))
    return below.top + canvas.px(ROW + UNIT // 2)
