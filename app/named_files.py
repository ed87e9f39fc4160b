"""Files that somebody names in a setting or on the command line."""

import os
from pathlib import Path


class UnreadableFile(ValueError):
    """Ends the sentence that begins with the file: "cannot be read (No such file or directory)"."""


def where_called(path: Path | str) -> Path:
    """The file somebody means: relative to where they called the launcher, which goes to the project first."""
    return Path(os.environ.get("ANSWERLINE_CALLED_FROM", Path.cwd()), Path(path).expanduser()).resolve()


def read_named(path: Path | str) -> str:
    """What is in it. Raises UnreadableFile."""
    try:
        return where_called(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(f"cannot be read ({error.strerror or type(error).__name__})") from None
    except UnicodeDecodeError:
        raise UnreadableFile("cannot be read (it is no text)") from None
