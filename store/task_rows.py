"""A task as a row and back."""

from typing import Any

from sqlalchemy import Row

from messages.task import Task, TaskKind


def to_row(task: Task) -> dict[str, Any]:
    return {**vars(task), "kind": task.kind.value}


def from_row(row: Row[Any]) -> Task:
    own = {name: value for name, value in row._mapping.items() if name != "seq"}
    return Task(**{**own, "kind": TaskKind(row.kind)})
