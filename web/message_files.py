"""Messages as a CSV file, for spreadsheets and other programs."""

import asyncio
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from accounts.caller_csv import guarded
from calls.plan import PlanError
from calls.plan_model import Plan
from messages.message import Message
from web.ask import Ask
from web.problem import Problem
from web.wall_times import moment

CSV = "text/csv"
MOST: Final = 20_000
COLUMNS: Final = ("number", "business", "saved", "taken_as", "status", "urgency", "caller", "done", "form")
NUMBER: Final = re.compile(r"\+\d{5,15}")
MARK: Final = "\ufeff"
"""By this spreadsheets see that the file is UTF-8."""


class ExportQuery(BaseModel):
    """`from` and `to` are days (2026-11-22; `to` is included) or times, by the business's clock or with an offset; left
    out: the last 31 days."""

    model_config = ConfigDict(populate_by_name=True)

    business: str = Field(default="", max_length=64)
    start: str = Field(default="", max_length=40, alias="from")
    end: str = Field(default="", max_length=40, alias="to")


async def take_out(ask: Ask, query: ExportQuery) -> web.Response:
    """Saved and partial messages as CSV (UTF-8), oldest first, with a column for each question of the forms.

    What a spreadsheet would take for a formula begins with an apostrophe. At most 20,000 messages.
    """
    business_id = ask.narrowed(query.business)
    plans = await _plans(ask, business_id)
    zone = plans[business_id].time_zone if business_id in plans else "UTC"
    start, end = _time(query, zone, ask.services.clock())
    messages = []
    async for message in ask.services.inbox.saved_between(business_id, start, end):
        messages.append(message)
        if len(messages) > MOST:
            raise Problem("invalid", errors={"from": f"These are more than {MOST} messages; ask for a shorter time."})
    return web.Response(
        body=(MARK + await asyncio.to_thread(as_csv, messages, plans)).encode(),
        content_type=CSV,
        charset="utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="messages-{business_id or "all"}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


def as_csv(messages: Sequence[Message], plans: Mapping[str, Plan]) -> str:
    """The messages, times by their business's clock; questions that are in no form any more have their keys."""
    keys = list(dict.fromkeys(key for message in messages for key in message.answers))
    labels = {
        field.key: field.label
        for plan in plans.values()
        for form in plan.forms.values()
        for field in form.fields
        if field.key in keys
    }
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([*COLUMNS, *(guarded(labels.get(key, key)) for key in keys)])
    for message in messages:
        zone = ZoneInfo(plans[message.business_id].time_zone) if message.business_id in plans else UTC
        own = (
            message.number,
            message.business_id,
            message.saved_at.astimezone(zone).isoformat(timespec="seconds") if message.saved_at else "",
            message.source.value,
            message.status.value,
            message.urgency,
            message.caller or "",
            message.done_at.astimezone(zone).isoformat(timespec="seconds") if message.done_at else "",
            message.form,
        )
        writer.writerow([*own, *_answers(message, keys)])
    return file.getvalue()


def _answers(message: Message, keys: Iterable[str]) -> list[str]:
    answers = [message.answers.get(key, "") for key in keys]
    # A telephone number is a number to a spreadsheet, no formula.
    return [each if NUMBER.fullmatch(each) else guarded(each) for each in answers]


async def _plans(ask: Ask, business_id: str | None) -> dict[str, Plan]:
    """The plans that can be read, by business."""
    services = ask.services
    found = [await services.directory.business(business_id)] if business_id else await services.directory.businesses()
    plans = {}
    for business in found:
        try:
            plans[business.id] = services.plans.of(business)
        except PlanError:
            continue
    return plans


def _time(query: ExportQuery, zone: str, now: datetime) -> tuple[datetime, datetime]:
    end = moment(query.end, zone, "to") if query.end else now + timedelta(seconds=1)
    if len(query.end) == len("2026-11-22"):
        end = moment(f"{datetime.fromisoformat(query.end).date() + timedelta(days=1)}", zone, "to")
    start = moment(query.start, zone, "from") if query.start else end - timedelta(days=31)
    if start >= end:
        raise Problem("invalid", errors={"from": "It begins before it ends."})
    return start, end
