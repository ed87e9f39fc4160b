"""Harbor Plumbing, a caller's message to it, and its plumber on call."""

from dataclasses import replace
from datetime import UTC, datetime

from messages.context import MessageContext
from messages.delivery import Job, Leased, Queued, Target
from messages.form import Field, Form
from messages.message import Message, MessageStatus, Source

NOW = datetime(2026, 11, 22, 14, 6, 30, tzinfo=UTC)
PUBLIC_URL = "https://answers.test"

FORM = Form(
    title="Message",
    fields=(
        Field(key="name", label="Name", type="name", required=True),
        Field(key="phone", label="Phone", type="phone", required=True),
        Field(key="reason", label="Reason", type="long_text", required=True),
        Field(key="owner", label="Owns the house", type="yes_no"),
    ),
)
CONTEXT = MessageContext("Harbor Plumbing", "America/New_York", FORM, {"clip-name": 1.6, "clip-voice": 42.2})
ANSWERS = {"name": "Ann Lee", "phone": "+12025550142", "reason": "The boiler leaks.", "owner": "yes"}
OFFICE = Target("office", "Harbor office", "email", "office@harbor.test")
PLUMBER = Target("plumber", "On-call plumber", "sms", "+12025550192")

MESSAGE = Message(
    id="m1",
    business_id="harbor",
    form="standard",
    source=Source.AGENT,
    created_at=NOW,
    number=1042,
    status=MessageStatus.SAVED,
    caller="+12025550142",
    answers=ANSWERS,
    saved_at=NOW,
)


def a_job(target: Target = OFFICE, *, job_id: str = "d1", asks: bool = False, **rest: object) -> Job:
    """A delivery of MESSAGE."""
    job = Job(job_id, "m1", "harbor", target, NOW, f"token-{job_id}", asks=asks)
    return replace(job, **rest)  # type: ignore[arg-type]


def held(job: Job, failures: int = 0) -> Leased:
    """The delivery as a channel gets it."""
    return Queued(job, NOW, failures).leased(NOW, 60, "lease")
