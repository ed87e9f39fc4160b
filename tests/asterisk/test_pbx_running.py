"""The private Asterisk as a process: up, down, side by side, and after a `kill -9`."""

from telephony.pbx import PrivateAsterisk


async def test_it_is_fully_booted_and_runs_only_what_is_listed(pbx: PrivateAsterisk) -> None:
    modules = await pbx.cli("module show")
    assert "res_agi.so" in modules
    assert "app_queue.so" not in modules
    assert "app_system.so" not in modules
    assert "Not Running" not in modules
