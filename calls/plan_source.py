"""Reading YAML so that every value keeps the line it stands on.

YAML 1.2, without what has no use in a plan and can do harm: tags, anchors and aliases, a key twice. Digits that would
not survive as a number (`0101`, `+12025550191`) stay text.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, MaxDepthExceededError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.representer import SafeRepresenter

from calls.plan_model import Path

MAX_CHARACTERS: Final = 100_000
MAX_DEPTH: Final = 30
MAX_VALUES: Final = 5_000


class Unreadable(ValueError):
    """The text is not YAML of the kind described above; `line` counts from 1."""

    def __init__(self, line: int, path: Path, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.path = path


@dataclass
class PlanSource:
    """What a YAML text says, as plain dicts, lists and scalars, and the line of each key and item by its path."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def nearest(self, path: Path) -> Path:
        """The place in the text that a path of the model means; parts that were not written are passed over."""
        place: Path = ()
        for part in path:
            for written in (part, str(part)):
                if (*place, written) in self.lines:
                    place = (*place, written)
                    break
        return place

    def line(self, path: Path) -> int:
        """The line of a place, or of the nearest place above it."""
        return self.lines.get(self.nearest(path), 1)


def read(text: str) -> PlanSource:
    """Raises Unreadable."""
    if len(text) > MAX_CHARACTERS:
        raise Unreadable(1, (), f"The plan is too long; {MAX_CHARACTERS} characters are the most.")
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Composer = _BoundedComposer
        yaml.max_depth = MAX_DEPTH
        root = yaml.compose(io.StringIO(text))
    except _TooMany as error:
        raise Unreadable(error.line, (), f"The plan is too long; {MAX_VALUES} values are the most.") from None
    except MaxDepthExceededError:
        raise Unreadable(1, (), "The plan is nested too deeply.") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = (error.problem or error.context or "it cannot be read").strip()
        raise Unreadable(mark.line + 1 if mark else 1, (), f"This is not YAML: {what}.") from None
    except (YAMLError, ValueError) as error:
        raise Unreadable(1, (), f"This is not YAML: {str(error).splitlines()[0]}.") from None
    if not isinstance(root, MappingNode):
        raise Unreadable(1, (), "A plan is a set of keys, such as `answer_phrase:` and `menus:`.")
    source = PlanSource(lines={(): 1})
    source.data = _Reader(source).value(root, ())
    return source


class _TooMany(Exception):
    """The text has more values than any plan; `line` counts from 1."""

    def __init__(self, line: int) -> None:
        self.line = line


class _BoundedComposer(Composer):
    """Stops at a text that is made to take long."""

    _values = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        self._values += 1
        if self._values > 2 * MAX_VALUES:  # keys count too
            raise _TooMany(self.parser.peek_event().start_mark.line + 1)
        node: Node | None = super().compose_node(parent, index)
        return node


class _Reader:
    def __init__(self, source: PlanSource) -> None:
        self._source = source
        self._seen: set[int] = set()

    def value(self, node: Node, path: Path) -> Any:
        if id(node) in self._seen:
            line = self._source.lines[path]  # the node's own mark is where it was first written
            raise Unreadable(line, path, "Write it out: aliases (*name) are not understood here.")
        self._seen.add(id(node))
        match node:
            case MappingNode():
                return dict(self._entries(node, path))
            case SequenceNode():
                return [self._at(item, (*path, index), item) for index, item in enumerate(node.value)]
            case ScalarNode():
                return _scalar(node, path)
            case _:
                raise _wrong(node, path, "This cannot be read.")

    def _entries(self, node: MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                raise _wrong(key, path, "A key must be a word or a number.")
            place = (*path, key.value)
            if place in self._source.lines:
                first = self._source.lines[place]
                raise _wrong(key, place, f'"{key.value}" is here already, in line {first}.')
            yield key.value, self._at(value, place, key)

    def _at(self, node: Node, path: Path, start: Node) -> Any:
        self._source.lines[path] = start.start_mark.line + 1
        return self.value(node, path)


def _scalar(node: ScalarNode, path: Path) -> object:
    text: str = node.value
    match str(node.tag).rpartition(":")[2]:
        case "str" | "timestamp":
            return text
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            return int(text) if text.lstrip("-").isdecimal() and str(int(text)) == text else text
        case "float":
            return _decimal(text)
        case _:
            raise _wrong(node, path, "Tags (!name) are not understood here.")


def _decimal(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _wrong(node: Node, path: Path, reason: str) -> Unreadable:
    return Unreadable(node.start_mark.line + 1, path, reason)


class _Writer(SafeRepresenter):
    """Texts of several lines as they are read: line by line."""

    def represent_str(self, data: str) -> ScalarNode:
        lines_as_they_are = data.replace("\n", "").isprintable()
        style = ("|" if "\n" in data else None) if lines_as_they_are else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Writer.add_representer(str, _Writer.represent_str)


def write(data: Mapping[str, Any]) -> str:
    """The YAML of plain data, keys in their order."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Writer
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 110
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    text = io.StringIO()
    yaml.dump(data, text)
    return text.getvalue()
