"""A real Chromium for the journeys, and the accessibility check; run as a program, makes sure that there is a browser."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright, expect

Scheme = Literal["light", "dark"]

# The first is Chromium without its windows: the same pages for a third of the processor time.
WINDOWLESS = "chromium-headless-shell"
PROGRAMS = (WINDOWLESS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A Japanese font, and a library that Playwright's driver needs and a bare Debian does not have.
BESIDE = ("fonts-noto-cjk", "libatomic1")
VENDOR = Path(__file__).parents[1] / "vendor"

# A browser that speaks to nobody but the page under test. The fonts of the pages are left out: forty slices a page
# make every page a third slower, and the machine has a Japanese font of its own.
OPTIONS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
    "--disable-gpu",
    "--disable-quic",
    "--disable-remote-fonts",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
)
# How long a page may take to show what is awaited, in milliseconds: wide, for a busy machine; a story that is right never waits so long.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
HOW_TO = """\
The journeys need Chromium and a Japanese font, which could not be installed here.
Install them once, for example on Debian: sudo apt-get install chromium-headless-shell fonts-noto-cjk libatomic1
"""

RUN_AXE = """async ([locale, tags]) => {
  axe.configure({ locale });
  const options = { resultTypes: ["violations"], preload: false, iframes: false };
  const results = await axe.run(document, { ...options, runOnly: { type: "tag", values: tags } });
  return results.violations.flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${rule.help} — ${node.target.join(" ")} — ${node.failureSummary}`));
}"""


def system_browser() -> str | None:
    """The machine's own Chromium, if it has one."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """Start Chromium; without its sandbox, which neither root nor most containers can have, as it sees only our pages."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=system_browser(), args=list(OPTIONS), chromium_sandbox=False
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(
    browser: Browser,
    base_url: str,
    *,
    width: int = 1280,
    script: bool = True,
    scheme: Scheme = "light",
    refusals: Sequence[int] = (),
) -> AsyncIterator[Page]:
    """A page as somebody in Japan has it, in a profile of its own. Whatever the browser complains about is a failure.

    `refusals`: the answers of 400 and above that belong to the story; Chromium complains about each.
    """
    complaints: list[str] = []
    expected = tuple(f"the server responded with a status of {status} " for status in refusals)

    def hear(line: ConsoleMessage) -> None:
        if line.type in {"error", "warning"} and not any(each in line.text for each in expected):
            complaints.append(line.text)

    def miss(request: Request) -> None:
        # What was still loading when somebody walked on is cut off, and nobody misses it.
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.url}: {request.failure}")

    context = await browser.new_context(
        base_url=base_url,
        locale="ja-JP",
        timezone_id="Asia/Tokyo",
        viewport={"width": width, "height": 900},
        java_script_enabled=script,
        reduced_motion="reduce",
        color_scheme=scheme,
    )
    try:
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.on("requestfailed", miss)
        yield page
    finally:
        await context.close()
    if complaints:
        raise AssertionError("\n".join(["The browser complained:", *complaints]))


async def axe_violations(page: Page, tags: Sequence[str] = WCAG) -> list[str]:
    """What hinders somebody on this page, one line each, in Japanese; empty when nothing does."""
    if not await page.evaluate("typeof window.axe === 'object'"):
        await page.evaluate((VENDOR / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    locale = json.loads((VENDOR / "axe-core" / "ja.json").read_text(encoding="utf-8"))
    return list(await page.evaluate(RUN_AXE, [locale, list(tags)]))


async def sideways_scroll(page: Page) -> int:
    """By how many pixels the page is wider than its window: 0 on a page that fits."""
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    # The room kept for the scroll bar makes a page that fits narrower than its window.
    return max(int(wider), 0)


def install() -> bool:
    """Get Chromium from the system's packages, or else from Playwright."""
    if shutil.which("apt-get") and _apt_get("update"):
        for program in (WINDOWLESS, "chromium"):
            if is_packaged(program) and _apt_get("install", program, *BESIDE):
                return True
    return _succeeds([sys.executable, "-m", "playwright", "install", "chromium"])


def is_packaged(program: str) -> bool:
    """Whether the system's packages hold it, as far as the machine knows."""
    return bool(shutil.which("apt-cache")) and _runs(["apt-cache", "show", program])


def _apt_get(*words: str) -> bool:
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = ("-qq", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=60")
    return _succeeds([*as_root, "apt-get", *options, *words])


def _succeeds(command: list[str]) -> bool:
    sys.stderr.write(f"Installing a browser for the journeys: {' '.join(command)}\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
    except FileNotFoundError:
        return False
    return done.returncode == 0


def _runs(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def has_japanese_font() -> bool:
    """Whether screenshots can show Japanese; a machine without fontconfig is believed."""
    if not shutil.which("fc-list"):
        return True
    found = subprocess.run(["fc-list", ":lang=ja", "family"], check=False, capture_output=True, text=True)
    return bool(found.stdout.strip())


def driver_runs() -> bool:
    """Whether Playwright's own program, which speaks to the browser, can start on this machine."""
    return _runs([sys.executable, "-m", "playwright", "--version"])


def main() -> int:
    if system_browser() and has_japanese_font() and driver_runs():
        # Where the machine is ours to furnish, the quicker one is got once.
        if os.geteuid() == 0 and not shutil.which(WINDOWLESS) and is_packaged(WINDOWLESS):
            _apt_get("install", WINDOWLESS)
        return 0
    # Without the font journeys still pass; only pictures would show boxes.
    if install() or (system_browser() and driver_runs()):
        return 0
    sys.stderr.write(HOW_TO)
    return 1


if __name__ == "__main__":
    sys.exit(main())
