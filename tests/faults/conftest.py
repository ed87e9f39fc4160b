"""The fault tests use what the stories use."""

from tests.stories.conftest import asterisk_binary, spoken, voice

__all__ = ["asterisk_binary", "spoken", "voice"]
