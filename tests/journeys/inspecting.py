"""Looking at pages one after the other for whatever hinders somebody."""

from dataclasses import dataclass, field

from playwright.async_api import Page

from tests.harness.browser import axe_violations, sideways_scroll
from tests.journeys.steps import press, visit

HEIGHT = 900


@dataclass
class Inspector:
    """Looks at each page on a desk and on a phone, and writes down what hinders somebody."""

    page: Page
    widths: tuple[int, ...]
    faults: list[str] = field(default_factory=list)
    seen: int = 0

    async def look(self) -> None:
        heading = await self.page.get_by_role("heading", level=1).inner_text()
        self.seen += 1
        for width in self.widths:
            await self.page.set_viewport_size({"width": width, "height": HEIGHT})
            where = f"{heading} at {width}"
            self.faults += [f"{where}: {each}" for each in await axe_violations(self.page)]
            if beyond := await sideways_scroll(self.page):
                self.faults.append(f"{where}: {beyond} px wider than its window")

    async def visit(self, *addresses: str) -> None:
        for address in addresses:
            await visit(self.page, address)
            await self.look()

    async def press(self, button: str) -> None:
        await press(self.page, button)
        await self.look()
