"""From columns named like Stan's, `theta[3]` or `theta[school_a]`, to arrays with dimensions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

Label = int | str


@dataclass(frozen=True)
class Variable:
    """An array of columns. `columns` are their places, the last index fastest; `labels` those of each dimension."""

    name: str
    labels: tuple[tuple[Label, ...], ...]
    columns: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(labels) for labels in self.labels)

    @property
    def dims(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_dim_{axis}" for axis in range(len(self.labels)))


def variables(names: list[str]) -> list[Variable]:
    """Columns that share a name and fill a grid of indices become one variable, in the order of first columns.

    Others, such as those of a triangle, or whose name is also that of a column of its own, stay columns of one value
    under their whole names.
    """
    groups: dict[str, dict[tuple[str, ...], int]] = {}
    for place, name in enumerate(names):
        base, index = _split(name)
        if index in groups.get(base, {}):
            base, index = name, ()
        groups.setdefault(base, {})[index] = place
    found = []
    for base, places in groups.items():
        labels = _labels(list(places))
        if labels is None:
            found += [Variable(names[place], (), (place,)) for place in places.values()]
        else:
            columns = tuple(places[index] for index in product(*labels))
            found.append(Variable(base, tuple(_numbers(axis) for axis in labels), columns))
    return found


def _split(name: str) -> tuple[str, tuple[str, ...]]:
    parts = re.fullmatch(r"([^\[]+)\[(.*)\]", name, re.DOTALL)
    if parts is None:
        return name, ()
    return parts[1], tuple(label.strip() for label in parts[2].split(","))


def _labels(indices: list[tuple[str, ...]]) -> list[tuple[str, ...]] | None:
    """Labels of each dimension in the order of their first columns; None when the indices do not fill their grid."""
    if len({len(index) for index in indices}) != 1:
        return None
    labels = [tuple(dict.fromkeys(axis)) for axis in zip(*indices, strict=True)]
    size = 1
    for axis in labels:
        size *= len(axis)
    return labels if size == len(indices) else None


def _numbers(labels: tuple[str, ...]) -> tuple[Label, ...]:
    if all(label.isdecimal() and label.isascii() and str(int(label)) == label for label in labels):
        return tuple(int(label) for label in labels)
    return labels
