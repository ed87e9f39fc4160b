"""What a rota is refused for, in the sentences people read."""

from typing import Any

import pytest
from pydantic import ValidationError

from accounts.contacts import Contact
from accounts.rota import Rota, problems
from tests.accounts.rotas import BY_DAY, DAYS, NAMES, NIGHTS, rota

CONTACTS = {key: Contact(name=name) for key, name in NAMES.items()}
WITHOUT_SUNDAY = {**BY_DAY, "sun": []}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"shifts": [{"who": "ann", "hours": NIGHTS}, {"who": "bob", "hours": BY_DAY}]}, []),
        (
            {"shifts": [{"who": "ann", "hours": NIGHTS}, {"who": "bob", "hours": WITHOUT_SUNDAY}]},
            [((), "Nobody is on call Sundays 08:00 to 18:00, and there is no fallback.")],
        ),
        ({"shifts": [{"who": "ann", "hours": NIGHTS}], "fallback": "office"}, []),
        (
            {"shifts": [{"who": "ann", "hours": NIGHTS}]},
            [((), "Nobody is on call every day 08:00 to 18:00, and there is no fallback.")],
        ),
        (
            {"shifts": [{"who": "ann", "hours": {day: ["08:00-18:00"] for day in DAYS[:5]}}]},
            [
                (
                    (),
                    "Nobody is on call Mondays to Thursdays 18:00 to 08:00 and Fridays 18:00 to Mondays 08:00, "
                    "and there is no fallback.",
                )
            ],
        ),
        (
            {"shifts": [{"who": "ann", "hours": {"mon": ["00:00-24:00"], "thu": ["09:00-24:00"]}}]},
            [
                (
                    (),
                    "Nobody is on call Tuesdays 00:00 to Thursdays 09:00 and Fridays 00:00 to Sundays 24:00, "
                    "and there is no fallback.",
                )
            ],
        ),
        ({"calendar": "file"}, [((), "Nobody is on call at any time, and there is no fallback.")]),
        ({"rotation": {"people": ["ann", "bob"], "every_days": 1, "starts": "2026-11-02"}}, []),
        (
            {"rotation": {"people": ["ann"], "every_days": 1, "starts": "2026-11-02", "hours": NIGHTS}},
            [((), "Nobody is on call every day 08:00 to 18:00, and there is no fallback.")],
        ),
        (
            {
                "shifts": [{"who": ["ann", "eve"], "hours": "always"}],
                "rotation": {"people": ["zoe"], "every_days": 1, "starts": "2026-11-02"},
                "holidays": [{"name": "Christmas", "date": "2026-12-25", "who": "max"}],
                "fallback": "ned",
            },
            [
                (("shifts", 0, "who", 1), 'There is no contact "eve".'),
                (("rotation", "people", 0), 'There is no contact "zoe".'),
                (("holidays", 0, "who", 0), 'There is no contact "max".'),
                (("fallback",), 'There is no contact "ned".'),
            ],
        ),
        (
            {
                "one": True,
                "shifts": [
                    {"who": "ann", "hours": {**NIGHTS, "sun": ["18:00-09:00"]}},
                    {"who": "bob", "hours": BY_DAY},
                    {"who": ["bob", "pat"], "hours": {"sun": ["18:00-19:00"]}},
                ],
                "holidays": [{"name": "Christmas", "date": "2026-12-25", "who": ["ann", "pat"]}],
            },
            [
                (("shifts", 2, "who"), "Bob and Pat are on call together, but only one person at a time is meant."),
                (
                    ("shifts", 1),
                    "Ann Lee and Bob are on call together Mondays 08:00 to 09:00, "
                    "but only one person at a time is meant.",
                ),
                (
                    ("shifts", 2),
                    "Ann Lee, Bob and Pat are on call together Sundays 18:00 to 19:00, "
                    "but only one person at a time is meant.",
                ),
                (
                    ("holidays", 0, "who"),
                    "Ann Lee and Pat are on call together, but only one person at a time is meant.",
                ),
            ],
        ),
    ],
)
def test_what_keeps_a_rota_from_being_saved(written: dict[str, Any], expected: list[tuple[Any, str]]) -> None:
    assert problems(rota(**written), CONTACTS) == expected


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ({"rotation": {"people": ["ann"], "starts": "2026-11-02"}}, "every_days or every_weeks, one of them"),
        (
            {"rotation": {"people": ["ann"], "starts": "2026-11-02", "every_days": 1, "every_weeks": 1}},
            "every_days or every_weeks, one of them",
        ),
        (
            {"rotation": {"people": ["ann"], "starts": "2026-11-02", "every_days": 7, "weekday": "mon"}},
            "A weekday fits turns of weeks only",
        ),
        (
            {"rotation": {"people": ["ann"], "starts": "2026-11-02", "every_days": 7, "handover": "8"}},
            '"8" is not a time of day; write it like 08:00.',
        ),
        ({"shifts": [{"who": [], "hours": "always"}]}, "at least 1 item"),
        ({"shifts": [{"who": "ann", "hours": {"mon": ["09:00-12:00", "11:00-13:00"]}}]}, "overlaps"),
        ({"calendar": "http://example.com/a.ics"}, "https address of a calendar"),
        ({"calendar": "https://ann:secret@example.com/a.ics"}, "https address of a calendar"),
        ({"calendar": "https://[::1"}, "https address of a calendar"),
        (
            {
                "holidays": [
                    {"name": "Christmas", "date": "2026-12-24", "through": "2026-12-26", "who": "ann"},
                    {"name": "Party", "date": "2026-12-26", "who": "bob"},
                ]
            },
            "Christmas and Party are both on 2026-12-26",
        ),
    ],
)
def test_what_is_wrong_is_said(written: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as error:
        rota(**written)
    assert sentence in str(error.value)


def test_a_rota_is_read_as_it_is_written() -> None:
    subject = rota(
        shifts=[{"who": "ann", "hours": NIGHTS}],
        rotation={"people": ["ann"], "every_days": 1, "starts": "2026-11-02", "hours": "always"},
        holidays=[{"name": "Christmas", "date": "2026-12-25", "who": "bob"}],
        calendar="webcal://calendar.example.com/team.ics",
    )
    assert subject.calendar == "https://calendar.example.com/team.ics"
    assert Rota.model_validate(subject.model_dump(mode="json")) == subject
