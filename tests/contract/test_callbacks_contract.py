"""What every CallbackStore does."""

from dataclasses import replace

from calls.callback import Callback, CallbackStore
from tests.contract.samples import MINUTE, NOON

KEPT = Callback(
    call_id="call-1",
    business_id="harbor",
    queue="office",
    language="en-US",
    number="+12025550177",
    dialled="+12025550101",
    caller=None,
    draft_id="message-1",
    vip=True,
    priority=90,
    arrived_at=NOON,
    asked_at=NOON + MINUTE,
)


async def test_a_kept_place_is_given_back_whole_and_once(callbacks: CallbackStore) -> None:
    await callbacks.put(KEPT)
    await callbacks.put(KEPT)
    assert await callbacks.all() == [KEPT]
    changed = replace(KEPT, caller="+12025550142", number="+12025550142")
    await callbacks.put(changed)
    assert await callbacks.all() == [changed]


async def test_the_oldest_come_first_and_what_is_over_is_gone(callbacks: CallbackStore) -> None:
    later, earlier = replace(KEPT, call_id="b", arrived_at=NOON + MINUTE), replace(KEPT, call_id="a")
    await callbacks.put(later)
    await callbacks.put(earlier)
    assert await callbacks.all() == [earlier, later]
    await callbacks.delete("a")
    await callbacks.delete("nobody")
    assert await callbacks.all() == [later]
