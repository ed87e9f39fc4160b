"""A business's recordings on its page: by the microphone, from a file, into the plan, away again."""

import io
import re
import wave
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from telephony.pbx_sounds import tone, write_wav
from tests.asterisk.hearing import purity
from tests.browser.agent_tab import AgentTab
from tests.browser.caller import AGENT_HERTZ
from tests.browser.conftest import OpenTab
from tests.browser.test_office_pages import SUPERVISOR, signed_in

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

FILE_HERTZ = 1200.0


async def heard(page: Page, recording: str) -> bytes:
    """The samples of what callers would hear."""
    answer = await page.request.get(f"/api/businesses/northwind/recordings/{recording}/audio")
    assert answer.ok
    with wave.open(io.BytesIO(await answer.body())) as file:
        assert file.getframerate() == 8000
        samples: bytes = file.readframes(file.getnframes())
        return samples


async def said_by(page: Page, recording: str, hertz: float) -> bool:
    pcm = await heard(page, recording)
    return any(purity(pcm[at : at + 800], hertz) > 0.7 for at in range(0, len(pcm) - 800, 800))


async def row(page: Page, name: str) -> Locator:
    found = page.get_by_role("region", name="Recordings").get_by_role("row").filter(has_text=name)
    await expect(found).to_be_visible()
    return found


async def test_by_the_microphone_and_from_a_file_and_away_again(open_tab: OpenTab, tmp_path: Path) -> None:
    page = await signed_in(await open_tab(), SUPERVISOR)
    await page.goto("/setup/businesses/northwind")
    await page.get_by_role("button", name="Add a recording").click()
    await page.get_by_label("Name", exact=True).fill("Spoken welcome")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("Record something or choose a file first.")
    await page.get_by_role("button", name="Record with the microphone").click()
    await expect(page.get_by_role("timer")).to_have_text(re.compile(r"^(0:0[2-9]|0:[1-5]\d)$"))
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_label("the recording", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(await row(page, "Spoken welcome")).to_contain_text("{clip: northwind-spoken-welcome}")
    assert await said_by(page, "northwind-spoken-welcome", AGENT_HERTZ)
    assert not await said_by(page, "northwind-spoken-welcome", FILE_HERTZ)

    write_wav(tmp_path / "Studio.wav", tone(FILE_HERTZ, 1.0))
    (tmp_path / "Notes.wav").write_text("no sound at all")
    await page.get_by_role("button", name="Add a recording").click()
    await page.get_by_label("or a file").set_input_files(tmp_path / "Notes.wav")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("This is not a WAV file.")
    await page.get_by_label("Name", exact=True).fill("")
    await page.get_by_label("or a file").set_input_files(tmp_path / "Studio.wav")
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Studio")
    await page.get_by_role("button", name="Save", exact=True).click()
    studio = await row(page, "Studio")
    await expect(studio.get_by_role("button", name="Hear Studio")).to_be_visible()
    assert await said_by(page, "northwind-studio", FILE_HERTZ)

    await page.set_viewport_size({"width": 390, "height": 844})
    await AgentTab(page).fits()
    for name, there in (("Studio", studio), ("Spoken welcome", await row(page, "Spoken welcome"))):
        await there.get_by_role("button", name=f"Delete {name}").click()
        await page.get_by_role("button", name="Delete the recording").click()
        await expect(there).to_have_count(0)
    await expect(page.get_by_text("None yet: what callers hear is spoken by the service.")).to_be_visible()
