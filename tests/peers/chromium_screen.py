"""A browser that looks at the console and says when which total of the day stood on its screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
WATCH = """async (seconds) => {
  const seen = [];
  const until = performance.now() + seconds * 1000;
  let shown = "";
  await new Promise((done) => {
    const look = () => {
      const text = document.querySelector(".kpi:nth-child(3) .under")?.textContent ?? "";
      if (text !== shown) {
        shown = text;
        seen.push([Number(text.replace(/[^0-9]/g, "")), (performance.timeOrigin + performance.now()) / 1000]);
      }
      if (performance.now() < until) requestAnimationFrame(look);
      else done();
    };
    requestAnimationFrame(look);
  });
  return seen;
}"""


def watched(url: str, seconds: float) -> list[list[float]]:
    """Open the page and watch its count of units sold for so long: [units, seconds since 1970 UTC]."""
    with sync_playwright() as playwright:
        browser: Any = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1600, "height": 1000}, locale="en-GB")
        page.goto(url)
        page.wait_for_selector(".kpi:nth-child(3) .under")
        seen: list[list[float]] = page.evaluate(WATCH, seconds)
        browser.close()
        return seen
