from tests.asterisk.running_pbx import asterisk_binary, pbx

__all__ = ["asterisk_binary", "pbx"]
