"""Draws in a run's folder, as docs/run-folder.md describes every byte; also while a run writes them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import crc32c
from .errors import FilesError

Values = NDArray[np.float64]

_PRELUDE = struct.Struct("<8sII")
_BLOCK = struct.Struct("<4sIIIQQQ")
_FORMAT = 1


@dataclass
class Draws:
    """What `draws/` holds: of every round and source the values, of shape (columns, draws)."""

    columns: list[str] = field(default_factory=list)
    rounds: dict[int, dict[int, Values]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # one for each incomplete end that was left out


def read_draws(folder: Path) -> Draws:
    """Reads and checks every kept draw. An incomplete last block is left out and noted; other damage is a FilesError."""
    draws = Draws()
    first = _first_kept_round(folder)
    for path in sorted(folder.glob("round-*.dovetail")):
        number = path.stem.removeprefix("round-")
        if number.isdigit() and int(number) >= first:
            _read_round(path, int(number), draws)
    return draws


def last_column(names: list[str], wanted: str) -> int:
    """The place of the last column of that name, since a model may call an output like that; else past the end."""
    places = [place for place, name in enumerate(names) if name == wanted]
    return places[-1] if places else len(names)


def chains_of(draws: Draws, rounds: list[int], chains: int | None, legs: int) -> Values:
    """Of shape (chain, draw, column). Rounds follow each other; within one, a chain's sources take turns."""
    if chains is None:
        chains = max((len(draws.rounds[number]) for number in rounds), default=0)
    nothing = np.empty((len(draws.columns), 0))
    found = []
    for chain in range(chains):
        pieces = [nothing]
        for number in rounds:
            parts = [draws.rounds[number].get(chain * legs + leg, nothing) for leg in range(legs)]
            common = min(part.shape[1] for part in parts)
            turns = np.stack([part[:, :common] for part in parts], axis=2)
            pieces.append(turns.reshape(len(draws.columns), common * legs))
        found.append(np.concatenate(pieces, axis=1).T)
    common = min((len(chain_draws) for chain_draws in found), default=0)
    return np.array([chain_draws[:common] for chain_draws in found]).reshape(len(found), common, len(draws.columns))


def _first_kept_round(folder: Path) -> int:
    path = folder / "first-kept-round"
    if not path.exists():
        return 0
    text = path.read_text()
    if not (text.endswith("\n") and text[:-1].isdigit()):
        raise _damaged(path, 0, "it does not hold a round number")
    return int(text)


def _read_round(path: Path, number: int, draws: Draws) -> None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return  # the run dropped the round just now
    header = _read_header(path, data)
    if header is None:
        draws.notes.append(f"{path}: left out, since its header is incomplete (a write was cut short)")
        return
    named, columns, at = header
    if named != number:
        raise _damaged(path, 0, "its header names another round than its name")
    if draws.columns and columns != draws.columns:
        raise _damaged(path, 0, "its columns differ from those of other rounds")
    draws.columns = columns
    blocks: dict[int, list[Values]] = {}
    while at < len(data):
        block = _read_block(path, data, at, number, columns)
        if block is None:
            draws.notes.append(f"{path}: left out the last {len(data) - at} bytes, an incomplete block")
            break
        source, first, values, at_next = block
        if first != sum(piece.shape[1] for piece in blocks.get(source, [])):
            raise _damaged(path, at, "draws of a source are missing before this block")
        blocks.setdefault(source, []).append(values)
        at = at_next
    if blocks:
        draws.rounds[number] = {source: np.concatenate(pieces, axis=1) for source, pieces in sorted(blocks.items())}


def _read_header(path: Path, data: bytes) -> tuple[int, list[str], int] | None:
    """Round, columns and length of the header; None when the file ends inside it."""
    prelude = _PRELUDE.size + 4
    if len(data) < prelude or not any(data):
        return None
    magic, version, body_bytes = _PRELUDE.unpack_from(data)
    if magic != b"DOVEDRAW":
        raise _damaged(path, 0, "it does not begin like a draws file")
    if crc32c.of_bytes(data[: _PRELUDE.size]) != _word(data, _PRELUDE.size):
        raise _damaged(path, 0, "its first bytes fail their checksum")
    if version != _FORMAT:
        raise FilesError(f"cannot read {path}: its format is {version} and this package knows {_FORMAT}; update it")
    end = prelude + body_bytes
    if len(data) < end + 4:
        return None
    if crc32c.of_bytes(data[:end]) != _word(data, end):
        raise _damaged(path, 0, "its header fails the checksum")
    columns = []
    at = prelude + 12
    for _ in range(struct.unpack_from("<Q", data, prelude + 4)[0]):
        (length,) = struct.unpack_from("<Q", data, at)
        columns.append(data[at + 8 : at + 8 + length].decode(errors="backslashreplace"))
        at += 8 + length
    return _word(data, prelude), columns, end + 4


def _read_block(
    path: Path, data: bytes, at: int, number: int, columns: list[str]
) -> tuple[int, int, Values, int] | None:
    """Source, number of its first draw, values, and where the next block begins; None when the file ends inside it."""
    table = at + _BLOCK.size + 4
    if len(data) < table:
        return None
    if crc32c.of_bytes(data[at : table - 4]) != _word(data, table - 4):
        if not any(data[at:]):
            return None  # as a loss of power leaves them
        raise _damaged(path, at, "the header of a block fails its checksum")
    magic, source, round_, width, first, rows, length = _BLOCK.unpack_from(data, at)
    start = table + 4 * width
    if magic != b"DBLK" or rows == 0 or length != start - at + 8 * width * rows:
        raise _damaged(path, at, "the header of a block contradicts itself")
    if round_ != number or width != len(columns):
        raise _damaged(path, at, "a block belongs to another round or has other columns")
    if len(data) < at + length:
        return None
    words = np.frombuffer(data, "<u4", 2 * width * rows, start).astype(np.uint32, copy=False).reshape(width, 2 * rows)
    wrong = np.flatnonzero(crc32c.of_rows(words) != np.frombuffer(data, "<u4", width, table))
    if len(wrong) > 0:
        where = start + 8 * rows * int(wrong[0])
        raise _damaged(path, where, f'draws of column "{columns[wrong[0]]}" fail their checksum')
    values = np.frombuffer(data, "<f8", width * rows, start).astype(np.float64, copy=False).reshape(width, rows)
    return source, first, values, at + length


def _word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _damaged(path: Path, at: int, what: str) -> FilesError:
    return FilesError(f"{path} is damaged at byte {at}: {what} (draws read from it could be wrong); restore the file")
