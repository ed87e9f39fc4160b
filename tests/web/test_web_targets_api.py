"""Addresses of webhooks inside our network are refused when a plan is saved, by their looks and by where they lead."""

from collections.abc import Collection, Mapping, Sequence

import pytest

from tests.web.api import Api
from tests.web.world import HARBOR, PLAN, World

YAML = {"Content-Type": "text/yaml"}


def with_hook(url: str) -> str:
    plan = PLAN.format(name="Harbor", id="harbor")
    return plan.replace("contacts:\n", f'contacts:\n  system: {{name: Our system, webhook: "{url}"}}\n')


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Where names lead; nothing is asked of a real name server."""
    leads: dict[str, list[str]] = {}

    async def look_up(hosts: Collection[str]) -> Mapping[str, Sequence[str]]:
        return {host: leads.get(host, []) for host in hosts}

    monkeypatch.setattr("web.businesses.look_up", look_up)
    return leads


@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "https://localhost/x", "https://inside.example.com/x"])
async def test_an_address_inside_is_refused_and_nothing_is_saved(
    world: World, api: Api, leads: dict[str, list[str]], url: str
) -> None:
    leads["inside.example.com"] = ["93.184.215.14", "10.0.0.7"]
    for method, path in (("PUT", "/api/businesses/harbor/plan"), ("POST", "/api/businesses/harbor/plan/check")):
        answer = await api(method, path, "sue", data=with_hook(url), headers=YAML)
        assert answer.problem == "plan-wrong"
        assert [each["path"] for each in answer.json["problems"]] == ["contacts.system.webhook"]
    assert (await world.directory.business(HARBOR)).plan_version == 1


async def test_an_address_outside_or_not_known_yet_is_saved(api: Api, leads: dict[str, list[str]]) -> None:
    leads["outside.example.com"] = ["93.184.215.14"]
    for version, host in enumerate(("outside", "not-there-yet"), 2):
        plan = with_hook(f"https://{host}.example.com/x")
        answer = await api("PUT", "/api/businesses/harbor/plan", "sue", data=plan, headers=YAML)
        assert answer.json["plan_version"] == version
