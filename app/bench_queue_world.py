"""What `bench queue` measures: sizes, the house our service is given, and what Asterisk reads besides its own files.

On both sides a business is one queue and every agent serves all of them. Agents answer at once, by dialplan or by a
telephone that picks up; callers are the far halves of Local channels. Nobody's end makes a sound, and there is no
hold music: hundreds of waiting callers' music would cost both sides the same, more than this machine has to give.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from accounts.business import Business, Number
from accounts.contacts import Ways
from accounts.directory import Directory
from accounts.people import Person, Role
from calls.plan import parse_plan
from calls.vouching import vouch
from telephony.endpoints import AgentDevice

BENCH_USER: Final = "bench"
AGENTS_CONTEXT: Final = "bench-agents"
QUEUES_CONTEXT: Final = "bench-queues"
QUEUE_SECONDS: Final = 300


@dataclass(frozen=True)
class Size:
    """So many businesses, and so many agents who serve all of them; `sip` when those answer at SIP telephones."""

    businesses: int
    agents: int
    sip: bool = False

    @property
    def name(self) -> str:
        return f"{self.businesses}x{self.agents}"

    @property
    def key(self) -> str:
        """How the size is chosen on the command line."""
        return f"{self.name}-sip" if self.sip else self.name

    @property
    def title(self) -> str:
        return f"{self.name} with SIP telephones" if self.sip else self.name

    @property
    def waiting(self) -> int:
        """Callers kept waiting: each business has one, and there are more of them than agents."""
        return max(self.businesses, 2 * self.agents)

    def usernames(self) -> list[str]:
        return [f"a{index:03}" for index in range(self.agents)]


PLAN: Final = """
language: en-US
answer_phrase: "How may I help you?"
hours:
  time_zone: UTC
  weekly: always
open: {greeting: Hello., queue: all}
closed: {greeting: Hello., queue: all}
queues:
  all:
    form: note
    hold_text: One moment.
    announce_seconds: 300
    staffing:
      ladder: [{pool: shared}]
      wrap_up_seconds: 0
      target: {seconds: 5, calls_at_once: 5, calls_per_hour: 1440}
forms:
  note:
    title: Note
    fields:
      - {key: reason, label: Message, type: long_text, required: true, ask: What is it about?}
contacts:
  desk: {name: Desk, email: desk@bench.test}
deliver:
  - {to: desk, by: [email]}
"""


def number_of(business: int) -> str:
    """The number (E.164) that leads to a business, counted from 0."""
    return f"+1202556{business:04}"


async def seed(directory: Directory, ways: Ways, size: Size, secret: str) -> None:
    """Put businesses, numbers and agents in place; `secret` is every telephone's."""
    contacts = parse_plan(PLAN).contacts
    for index in range(size.businesses):
        business = Business(f"b{index:03}", f"Business {index}", PLAN)
        await directory.put_business(business)
        await vouch(ways, business.id, contacts, datetime.now(UTC), "the bench")
        await directory.put_number(Number(number_of(index), business.id))
    for username in size.usernames():
        await directory.put_person(
            Person(
                username,
                f"{username}@bench.test",
                username,
                Role.AGENT,
                password_hash=secrets.token_hex(8),  # nobody signs in on a page here
                sip_username=username,
                sip_secret=secret,
                pools={"shared": 0},
            )
        )


def devices(size: Size, secret: str) -> list[AgentDevice]:
    """The telephones, as an Asterisk without our service is told of them."""
    return [AgentDevice(username, secret, webrtc=False) for username in size.usernames()] if size.sip else []


def local_agent(username: str) -> str:
    """What rings an agent who is an extension of the exchange itself."""
    return f"Local/{username}@{AGENTS_CONTEXT}/n"


# WaitExten waits without a sound, which Wait does not; a key that it hears sends it to `i`.
AGENTS_DIALPLAN: Final = f"""
[{AGENTS_CONTEXT}]
exten => _a.,1,Answer()
 same => n,WaitExten(3600)
exten => i,1,WaitExten(3600)
"""

QUEUES_DIALPLAN: Final = f"""
[{QUEUES_CONTEXT}]
exten => _q.,1,Answer()
 same => n,Queue(${{EXTEN}},,,,{QUEUE_SECONDS})
 same => n,Hangup()
"""


def queues_conf(size: Size) -> str:
    """app_queue as a house with shared agents sets it: every agent in every queue, filled as fast as it can be."""
    members = [f"PJSIP/{name}" if size.sip else local_agent(name) for name in size.usernames()]
    lines = [
        "[general]",
        "persistentmembers = no",
        "autofill = yes",
        "shared_lastcall = no",
        "[bench](!)",
        "strategy = leastrecent",
        "timeout = 20",
        "retry = 1",
        "wrapuptime = 0",
        "ringinuse = no",
        "autofill = yes",
        "joinempty = yes",
        "leavewhenempty = no",
        *(f"member => {member}" for member in members),
        *(f"[q{index:03}](bench)" for index in range(size.businesses)),
    ]
    return "\n".join(lines) + "\n"


def manager_conf(secret: str, service_events: Sequence[str]) -> str:
    """The bench's own AMI user: sees what the service sees, and bridges; Asterisk writes the time on every event."""
    return "\n".join(
        [
            "\n[general](+)",
            "timestampevents = yes",
            f"[{BENCH_USER}]",
            f"secret = {secret}",
            "deny = 0.0.0.0/0.0.0.0",
            "permit = 127.0.0.1/255.255.255.255",
            "read = system,call,user",
            "write = system,call,originate",
            "writetimeout = 10000",
            *(f"eventfilter = Event: {event}" for event in (*service_events, "BridgeEnter")),
            f"[{BENCH_USER}-all]",
            f"secret = {secret}",
            "deny = 0.0.0.0/0.0.0.0",
            "permit = 127.0.0.1/255.255.255.255",
            "read = call,agent",
            "writetimeout = 10000\n",
        ]
    )
