"""Asterisk's configuration files as pyst2 reads them: a parser nobody here wrote."""

from pathlib import Path

from asterisk.config import Config


class _Read(Config):  # type: ignore[misc]
    def load(self) -> None:
        # pyst2's own never closes the file, and knows no #include.
        lines = Path(self.filename).read_text().splitlines()
        self.raw_lines = [line for line in lines if not line.startswith("#")]


def read_sections(path: Path) -> list[tuple[str, dict[str, str]]]:
    """The sections in order, with their options; of a repeated option, the last."""
    return [
        (category.name, {item.name: item.value.strip() for item in category.items})
        for category in _Read(str(path)).categories
    ]
