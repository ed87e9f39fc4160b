"""Summit Roofing: a business with contacts and rotas, made anew for each test that changes them."""

from pathlib import Path
from uuid import uuid4

from playwright.async_api import Page, expect

from tests.browser.agent_tab import AgentTab
from tests.browser.conftest import House, OpenTab
from tests.browser.test_office_pages import OWNER, signed_in
from tests.service_process import PASSWORD

PLAN = Path(__file__).parent / "summit.yaml"
MANAGER = "business"


async def new_business(house: House) -> str:
    """Its id. Its contacts are verified, on the owner's word."""
    async with house.person(OWNER) as owner:
        made = await owner.post(
            "/api/businesses", {"id": f"summit-{uuid4().hex[:8]}", "name": "Summit Roofing", "plan": PLAN.read_text()}
        )
    business: str = made["id"]
    return business


async def page_of(house: House, open_tab: OpenTab, business: str, role: str = MANAGER) -> Page:
    """Pat of this business, signed in."""
    email = f"{role}@{business}.test"
    person = {"email": email, "name": "Pat", "role": role, "password": PASSWORD, "business_id": business}
    async with house.person(OWNER) as owner:
        await owner.post("/api/people", person)
    return await signed_in(await open_tab(), email)


async def open_page(page: Page, link: str, heading: str) -> None:
    """By the navigation, until it is loaded."""
    await page.get_by_role("navigation", name="Main").get_by_role("link", name=link, exact=True).click()
    await expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
    await expect(page.get_by_text("Loading…")).to_have_count(0)


async def fits_a_telephone(page: Page) -> None:
    """Nothing is wider than its screen."""
    before = page.viewport_size
    await page.set_viewport_size({"width": 360, "height": 740})
    await AgentTab(page).fits()
    assert before is not None
    await page.set_viewport_size(before)
