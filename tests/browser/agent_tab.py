"""One agent's browser tab, used as the agent uses it: by what it shows and by the keyboard."""

from playwright.async_api import Locator, Page, TimeoutError, expect

from tests.patience import PATIENCE_MS
from tests.service_process import PASSWORD

MOST_TABS = 60
PITCH_SLACK_HERTZ = 40
LAYOUT_MS = 10_000


class AgentTab:
    """The console of one agent. `page` is for what only one test looks at."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.state = page.get_by_test_id("agent-state")

    async def sign_in(self, email: str) -> None:
        """By the page, with the keyboard."""
        await self.page.goto("/")
        await expect(self.page.get_by_label("E-mail")).to_be_focused()
        await self.type(email)
        await self.press("Tab")
        await self.type(PASSWORD)
        await self.press("Enter")

    async def start_work(self, and_is: str = "Available") -> None:
        """Take calls; returns when the page shows that state."""
        await self.tab_to(self.page.get_by_role("button", name="Start taking calls"))
        await self.press("Enter")
        await self.is_in(and_is)

    async def is_in(self, state: str) -> None:
        """Returns when the page shows that state."""
        await expect(self.state).to_have_text(state)

    async def offered(self, business: str) -> None:
        """Returns when a call for that business rings in the page."""
        await self.is_in("Call for you")
        await expect(self.page.get_by_test_id("offer-business")).to_have_text(business)

    async def answer(self) -> None:
        """Returns when the cursor is in the message's first field."""
        await self.press("F2")
        await self.is_in("Talking")
        await expect(self.page.locator('[data-field="name"]')).to_be_focused()

    async def hears(self, hertz: float) -> None:
        """Returns when the page plays a tone of that pitch."""
        await self.page.wait_for_function(
            "([hertz, slack]) => Math.abs(window.pitchHeard() - hertz) < slack",
            arg=[hertz, PITCH_SLACK_HERTZ],
            polling=50,
            timeout=PATIENCE_MS,
        )

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def tab_to(self, wanted: Locator) -> None:
        """Go there by the Tab key alone."""
        await expect(wanted).to_be_enabled()
        for _ in range(MOST_TABS):
            if await wanted.evaluate("it => it === document.activeElement"):
                return
            await self.press("Tab")
        raise AssertionError(f"the Tab key does not lead to {wanted}")

    async def fits(self) -> None:
        """Nothing is wider than the window, once it is laid out."""
        too_wide = "document.documentElement.scrollWidth - window.innerWidth"
        try:
            await self.page.wait_for_function(f"{too_wide} <= 0", timeout=LAYOUT_MS)
        except TimeoutError:
            wide = await self.page.evaluate(too_wide)
            raise AssertionError(f"{self.page.url} is {wide} px wider than the window") from None
