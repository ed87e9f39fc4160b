"""What every store does with the codes that verify addresses, and with the secrets of webhooks."""

from datetime import timedelta

from calls.verification import SentCodes
from calls.webhook_secrets import OLD_ONES_LIVE, WebhookSecrets
from tests.contract.samples import MINUTE, NOON

URL = "https://plumbers.example/messages"


async def test_codes_are_counted_by_business_and_time(sent_codes: SentCodes) -> None:
    await sent_codes.note("harbor", "email", "Pat@Harbor.test", NOON)
    await sent_codes.note("harbor", "sms", "+12025550191", NOON + MINUTE)
    await sent_codes.note("lakeside", "sms", "+12025550191", NOON + MINUTE)
    assert await sent_codes.since("harbor", NOON) == [("email", "pat@harbor.test"), ("sms", "+12025550191")]
    assert await sent_codes.since("harbor", NOON + MINUTE) == [("sms", "+12025550191")]
    assert await sent_codes.since("northwind", NOON) == []


async def test_a_codes_day_is_over_after_a_day(sent_codes: SentCodes) -> None:
    await sent_codes.note("harbor", "sms", "+12025550191", NOON)
    await sent_codes.note("harbor", "sms", "+12025550191", NOON + timedelta(hours=25))
    assert len(await sent_codes.since("harbor", NOON + timedelta(hours=1))) == 1


async def test_a_webhook_without_a_secret_has_none(webhook_secrets: WebhookSecrets) -> None:
    await webhook_secrets.renew("harbor", URL, "whsec_one", NOON)
    assert await webhook_secrets.of("harbor", "https://elsewhere.example/", NOON) == []
    assert await webhook_secrets.of("lakeside", URL, NOON) == []


async def test_the_secret_before_is_good_for_a_day_more(webhook_secrets: WebhookSecrets) -> None:
    await webhook_secrets.renew("harbor", URL, "whsec_one", NOON)
    assert await webhook_secrets.of("harbor", URL, NOON) == ["whsec_one"]
    await webhook_secrets.renew("harbor", URL, "whsec_two", NOON + MINUTE)
    end = NOON + MINUTE + OLD_ONES_LIVE
    assert await webhook_secrets.of("harbor", URL, end - MINUTE) == ["whsec_two", "whsec_one"]
    assert await webhook_secrets.of("harbor", URL, end) == ["whsec_two"]


async def test_renewing_again_does_not_prolong_the_life_of_older_ones(webhook_secrets: WebhookSecrets) -> None:
    for minutes, secret in enumerate(("whsec_one", "whsec_two", "whsec_three")):
        await webhook_secrets.renew("harbor", URL, secret, NOON + minutes * MINUTE)
    later = NOON + MINUTE + OLD_ONES_LIVE
    assert await webhook_secrets.of("harbor", URL, later - MINUTE) == ["whsec_three", "whsec_two", "whsec_one"]
    assert await webhook_secrets.of("harbor", URL, later) == ["whsec_three", "whsec_two"]
    await webhook_secrets.renew("harbor", URL, "whsec_four", later + 3 * OLD_ONES_LIVE)
    assert await webhook_secrets.of("harbor", URL, later + 3 * OLD_ONES_LIVE) == ["whsec_four", "whsec_three"]
