"""Packages of others beside which we are measured: there, or one line that says what is missing."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from alife.core.errors import UserError


class NoPeerError(UserError):
    """A package is not installed, or does not work here."""


def peer(*modules: str, package: str | None = None) -> list[ModuleType]:
    """The modules. NoPeerError, with the name to install, where one cannot be imported."""
    return [_module(name, package or name.partition(".")[0]) for name in modules]


def _module(name: str, package: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = (error.name or name).partition(".")[0]
        raise NoPeerError(f"{package} is not installed" if missing == name.partition(".")[0] else f"{package} lacks {missing}") from None
    except Exception as error:  # whatever a package of others does when it is imported
        raise NoPeerError(f"{package} does not work here: {type(error).__name__}: {first_line(error)}") from None


def versions(packages: Sequence[str]) -> str:
    """`jax 0.7.0, jaxlib 0.7.0`"""
    return ", ".join(f"{package} {_version(package)}" for package in packages)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "of unknown version"


def first_line(error: BaseException) -> str:
    """Of what an error says."""
    return (str(error).strip().splitlines() or [""])[0][:120]
