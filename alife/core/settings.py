"""The settings of every part: frozen, strict, with defaults, bounds and units in one place."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Settings(BaseModel):
    """Base of every `Params` class and config section: unknown keys, wrong types, NaN and inf are refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False, validate_default=True)


def _interval(value: object) -> object:
    """A number n means [n, n]; a pair [low, high] stays one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value, value)
    return tuple(value) if isinstance(value, list) else value


def _ordered(pair: tuple[int, int]) -> tuple[int, int]:
    if pair[0] > pair[1]:
        raise ValueError(f"expected [low, high] with low <= high, got {list(pair)}")
    return pair


_Pair = Annotated[list[int], Field(min_length=2, max_length=2)]
Interval = Annotated[
    tuple[int, int], BeforeValidator(_interval, json_schema_input_type=int | _Pair), AfterValidator(_ordered)
]
"""A whole number or [low, high], both included; in code always a pair."""


def _power_of_two(value: int) -> int:
    if value < 1 or value & (value - 1):
        raise ValueError(f"expected a power of two, got {value}")
    return value


PowerOfTwo = Annotated[int, AfterValidator(_power_of_two)]


class ControllerParams(Settings):
    """What every controller has."""

    width: Annotated[int, Field(ge=4, le=65536), AfterValidator(_power_of_two)] | None = Field(
        None, description="slots n, a power of two; null = as many as needed, >= 64"
    )


class MemoryParams(Settings):
    """What every memory has."""

    bits: PowerOfTwo = Field(64, ge=2, le=1 << 24, description="components K of an address, a power of two")
    values: int | None = Field(None, ge=1, le=4096, description="value slots D; null = as the world shows, at most 16")
    plasticity: Literal["none", "bloom", "visits", "soft-visits"] = Field(
        "none", description="what slows writes down where much was written before; see alife/core/plasticity.py"
    )
    halved_after: float = Field(
        16.0, gt=0, le=1e9, description="visits, soft-visits: c0, visits after which a component of an address has half its rate"
    )
    filter_bits: PowerOfTwo = Field(1024, ge=64, le=1 << 20, description="bloom: size of the filter, a power of two")
    filter_hashes: int = Field(4, ge=1, le=16, description="bloom: bits that a route sets")
    filter_rate: float = Field(0.1, ge=0, le=1, description="bloom: the write gate is multiplied with it on routes in the filter")


Move = Literal["home", "jump", "next", "hold", "prev", "part"]


def _unique(moves: tuple[Move, ...]) -> tuple[Move, ...]:
    if not moves:
        raise ValueError("expected at least one move, got none")
    for move in moves:
        if moves.count(move) > 1:
            raise ValueError(f"expected every move once, got '{move}' {moves.count(move)} times")
    return moves


class HeadSettings(Settings):
    """How the address moves from tick to tick."""

    moves: Annotated[tuple[Move, ...], Field(max_length=6), AfterValidator(_unique)] = Field(
        ("home", "jump", "next", "hold", "part"), description="what control slots can ask for; see docs/design.md"
    )
    sees: Literal["context", "all"] = Field(
        "context", description="context = all but the contents, of these how loud they are; all = the head is the first half of the mind"
    )
    recall: Literal["beside", "onto"] = Field(
        "beside", description="slots in which the recall comes in: onto = those of the contents; beside = also those of the actions"
    )
    writes: Literal["seen", "thought"] = Field(
        "seen", description="what is written: seen = the contents as shown, if any are; thought = what the mind makes of their slots"
    )
    gate: Literal["soft", "hard"] = Field(
        "soft", description="write gate: soft = twice its slot, clipped to 0..1; hard = 1 where that is above 0, else 0"
    )


class EvolveSettings(Settings):
    """How long and with how many to evolve; selection and strategy are plug-ins beside these."""

    population: int = Field(128, ge=2, le=1_000_000, description="genomes a generation")
    lives: int = Field(40, ge=1, description="lives, each another seed, by which a genome is selected")
    generations: int | None = Field(1000, ge=1, description="budget of generations; null = none")
    evaluations: int | None = Field(None, ge=1, description="budget of evaluations, to the end of the generation; null = none")
    hours: float | None = Field(None, gt=0, description="budget of wall-clock hours; null = none")
    solved: float = Field(0.95, gt=0, le=1, description="z (0 memoryless ceiling, 1 optimum) that counts as solved")
    until_solved: bool = Field(False, description="stop when the champion has solved the problem, and polished it")
    patience: int = Field(
        40, ge=1, description="generations without a better candidate before a new start, or as many as it took to find the best, if more; "
        "and the age at which a new start is given up unless it is among the best quarter"
    )
    starts: int | None = Field(None, ge=1, description="stop when so many starts are stuck; null = new starts to the end of the budget")
    polish: int = Field(
        60, ge=0, description="generations on stretched lives without a better champion after solved, unless it solves these too"
    )
    validation: int = Field(64, ge=1, description="lives, and as many stretched ones, on which a candidate champion is judged")
    report: int = Field(1000, ge=2, description="fresh lives for the final report")


class RunSettings(Settings):
    """What changes no result, but for the seed; and how long an ecosystem runs."""

    seed: int = Field(1, ge=0, le=2**63 - 1, description="the one number that every draw derives from")
    threads: int | None = Field(None, ge=1, le=1024, description="worker threads; null = one per core")
    ticks: int | None = Field(None, ge=1, description="ecosystem: budget of ticks; null = none")
    record: int = Field(1000, ge=1, description="ecosystem: ticks between two rows of the time series")
    births: int | None = Field(
        1_000_000, ge=1000, description="ecosystem: births kept; beyond it those without living descendants are forgotten"
    )
    checkpoint_minutes: float = Field(5.0, ge=0, description="wall-clock minutes between checkpoints")
    keep: int = Field(3, ge=1, description="newest checkpoints that are kept")
    tensorboard: bool = Field(False, description="problems: event files for TensorBoard in RUN/tensorboard (extra tensorboard)")
