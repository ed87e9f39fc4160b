"""The lists of callers by the API: one entry, the whole list, CSV in and out."""

import io
from datetime import timedelta
from typing import Any

import pytest

from accounts.callers import ListedCaller, ListKind
from tests.web.api import Answer, Api
from tests.web.world import BLOCKED, HARBOR, LAKESIDE, NOW, World
from web import caller_files

ANN, BOB = "+12025550198", "+12025550199"
CSV = {"Content-Type": "text/csv"}
HEADER = "number,kind,note,until\n"


async def numbers(api: Api, who: str, query: str = "") -> list[str]:
    return [entry["number"] for entry in (await api("GET", f"/api/callers{query}", who)).json["items"]]


async def brought_in(api: Api, text: str | bytes, query: str = "", who: str = "office") -> Answer:
    return await api(
        "POST", f"/api/callers.csv{query}", who, data=io.BytesIO(text) if isinstance(text, bytes) else text, headers=CSV
    )


async def test_a_business_edits_its_own_list_and_sees_no_other(world: World, api: Api) -> None:
    until = (NOW + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    added = await api(
        "PUT", "/api/callers/(202) 555-0199", "office", json={"kind": "vip", "note": " a  b ", "until": until}
    )
    assert added.json == {
        "number": BOB,
        "business_id": HARBOR,
        "kind": "vip",
        "note": "a b",
        "until": until,
        "over": False,
        "added_at": NOW.isoformat().replace("+00:00", "Z"),
        "added_by": "Harbor office",
    }
    await api("PUT", f"/api/callers/{ANN}", "sue", json={"kind": "blocked"})
    assert await numbers(api, "office") == [BOB, BLOCKED]
    assert await numbers(api, "office", "?kind=vip") == [BOB]
    assert await numbers(api, "office", "?search=0199") == [BOB]
    assert await numbers(api, "desk", "?search=0199") == []
    world.clock.forward(timedelta(hours=1))
    assert (await api("GET", "/api/callers?kind=vip", "office")).json["items"][0]["over"] is True


async def test_staff_edit_the_house_list_and_every_businesss(world: World, api: Api) -> None:
    house = await api("PUT", f"/api/callers/{ANN}", "sue", json={"kind": "blocked", "note": "robot"})
    assert house.json["business_id"] is None
    await api("PUT", f"/api/callers/{ANN}?business=harbor", "sue", json={"kind": "vip"})
    assert await numbers(api, "sue", "?house=true") == [ANN]
    assert await numbers(api, "sue", "?business=harbor") == [ANN, BLOCKED]
    assert await numbers(api, "sue") == [ANN, ANN, BLOCKED, BLOCKED]
    assert (await api("PUT", f"/api/callers/{ANN}?business=nobody", "sue", json={"kind": "vip"})).problem == "not-found"
    assert (await api("DELETE", f"/api/callers/{ANN}", "sue")).status == 204
    assert await world.caller_lists.list_of(None) == []


async def test_the_house_list_is_not_a_businesss(api: Api) -> None:
    await api("PUT", f"/api/callers/{ANN}", "sue", json={"kind": "blocked"})
    assert (await api("GET", "/api/callers?house=true", "office")).problem == "not-found"
    assert (await api("DELETE", f"/api/callers/{ANN}", "office")).problem == "not-found"
    assert (await api("GET", "/api/callers.csv", "office")).body.decode().splitlines()[1:] == [
        f"{BLOCKED},blocked,rude to harbor,"
    ]


async def test_pages_follow_each_other(api: Api) -> None:
    await brought_in(api, HEADER + "".join(f"+1202555{n:04},vip,,\n" for n in range(100, 105)))
    first = (await api("GET", "/api/callers?limit=4", "office")).json
    rest = (await api("GET", f"/api/callers?limit=4&cursor={first['next_cursor']}", "office")).json
    assert (len(first["items"]), len(rest["items"]), rest["next_cursor"]) == (4, 2, "")
    assert (await api("GET", "/api/callers?cursor=x", "office")).problem == "invalid"


@pytest.mark.parametrize(
    ("number", "body"),
    [
        ("withheld", {"kind": "vip"}),
        (ANN, {"kind": "friend"}),
        (ANN, {}),
        (ANN, {"kind": "vip", "until": "2026-12-31T10:00:00"}),
        (ANN, {"kind": "vip", "note": "x" * 201}),
    ],
)
async def test_a_wrong_entry_is_refused(world: World, api: Api, number: str, body: dict[str, Any]) -> None:
    assert (await api("PUT", f"/api/callers/{number}", "sue", json=body)).problem == "invalid"
    assert await world.caller_lists.list_of(None) == []


async def test_a_file_comes_in_and_goes_out_as_it_was(world: World, api: Api) -> None:
    text = "\ufeff" + HEADER + '(202) 555-0198,vip,"Ortiz, the landlord",2026-12-31\n+12025550199,blocked,=1+1,\n'
    looked = await brought_in(api, text.encode(), "?check=true")
    assert looked.json == {"right": 2, "wrong": 0, "stored": False, "problems": []}
    assert await numbers(api, "office") == [BLOCKED]
    assert (await brought_in(api, text.encode())).json == looked.json | {"stored": True}
    listed = {entry.number: entry for entry in await world.caller_lists.list_of(HARBOR)}
    assert set(listed) == {ANN, BOB, BLOCKED}, "who was on the list stays"
    assert (listed[ANN].note, listed[ANN].added_by) == ("Ortiz, the landlord", "office")

    out = await api("GET", "/api/callers.csv", "office")
    assert out.headers["Content-Disposition"] == 'attachment; filename="callers-harbor.csv"'
    assert f"{BOB},blocked,'=1+1," in out.body.decode()
    for number in (ANN, BOB, BLOCKED):
        await world.caller_lists.delete(number, HARBOR)
    assert (await brought_in(api, out.body)).json["right"] == 3
    again = {entry.number: (entry.kind, entry.note, entry.until) for entry in await world.caller_lists.list_of(HARBOR)}
    assert again == {number: (entry.kind, entry.note, entry.until) for number, entry in listed.items()}


async def test_nothing_is_stored_unless_every_line_is_right_or_the_wrong_ones_are_left_out(api: Api) -> None:
    text = f"{HEADER}{ANN},vip,,\n12,vip,,\n{BOB},friend,,\n"
    refused = await brought_in(api, text)
    assert refused.problem == "lines-wrong"
    assert refused.json["detail"] == "Nothing is stored: 2 lines are wrong."
    assert [(each["line"], each["path"]) for each in refused.json["problems"]] == [(3, "number"), (4, "kind")]
    assert await numbers(api, "office") == [BLOCKED]
    looked = (await brought_in(api, text, "?check=true&skip_bad=true")).json
    assert (looked["right"], looked["wrong"], looked["stored"]) == (1, 2, False)
    assert looked["problems"] == refused.json["problems"]
    assert (await brought_in(api, text, "?skip_bad=true")).json["stored"] is True
    assert await numbers(api, "office") == [ANN, BLOCKED]


async def test_staff_say_whose_list_a_file_is_for(world: World, api: Api) -> None:
    assert (await brought_in(api, f"{HEADER}{ANN},vip,,\n", "?business=lakeside", "sue")).json["stored"] is True
    assert (await brought_in(api, f"{HEADER}{ANN},blocked,,\n", who="sue")).json["stored"] is True
    assert [entry.kind for entry in await world.caller_lists.about(ANN, LAKESIDE)] == [ListKind.BLOCKED, ListKind.VIP]
    assert (await brought_in(api, HEADER, "?business=nobody", "sue")).problem == "not-found"
    out = await api("GET", "/api/callers.csv?business=lakeside", "sue")
    assert ANN in out.body.decode()


async def test_a_file_that_is_no_csv_is_refused(api: Api) -> None:
    assert (await brought_in(api, "number,kind\nJosé".encode("latin-1"))).problem == "malformed"
    assert (await brought_in(api, "")).problem == "lines-wrong"
    assert (await brought_in(api, b"x" * (caller_files.MOST_BYTES + 1))).problem == "too-large"
    assert (await api("POST", "/api/callers.csv", "office", json={})).problem == "wrong-media-type"


async def test_a_list_does_not_grow_without_end(world: World, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller_files, "MOST_LISTED", 2)
    assert (await brought_in(api, f"{HEADER}{ANN},vip,,\n{BLOCKED},vip,,\n")).json["stored"] is True
    assert (await brought_in(api, f"{HEADER}{BOB},vip,,\n")).problem == "conflict"
    (added,) = await world.caller_lists.about(ANN, HARBOR)
    assert added == ListedCaller(ANN, HARBOR, ListKind.VIP, NOW, "office")
