"""How a browser is started, and what is asked of any page in it. Knows nothing of the site."""

import shutil

from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium") or ""
UNWANTED = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("TcpPortRandomizationWin", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    "PreloadTopChromeWebUI",
)
"""What the driver leaves out of a browser, whose own list this one replaces; and the last, by which
each window keeps a page ready for a bar that nobody sees."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    f"--disable-features={','.join(UNWANTED)}",
]

SMALL = """
() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
  .filter((one) => one.checkVisibility() && !one.closest(".skip, p, td:not(.play):not(.when)"))
  .filter((one) => !one.closest("[aria-hidden=true]")) // a picture: its table has the same links
  .map((one) => [one, (one.closest("label.tick") || one).getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([one]) => one.outerHTML.slice(0, 80))
"""
NAMELESS = """
() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select")]
  .filter((one) => one.checkVisibility() && !one.closest("[aria-hidden=true]"))
  .filter((one) => !(one.ariaLabel || one.innerText || one.labels?.length || one.title))
  .map((one) => one.outerHTML.slice(0, 80))
"""

TABBED = """
() => [...document.querySelectorAll("*")]
  .map((one, at) => [one, at])
  .filter(([one]) => one.matches("a[href], button, input, select, textarea, summary, [tabindex]"))
  .filter(([one]) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled)
  .filter(([one]) => one.tabIndex >= 0)
  .filter(([one]) => one.type !== "radio" || one === one.form.elements[one.name][0])
  .map(([, at]) => at)
"""
NOTE_FOCUS = """
() => {
  const met = window.met = [];
  document.addEventListener("focusin", ({ target }) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(target);
    const outlined = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
    met.push({ place: [...document.querySelectorAll("*")].indexOf(target), outlined });
  });
  return [...document.querySelectorAll("*")].indexOf(document.activeElement);
}
"""
"""From here on the page notes where the focus comes to; where it is now."""
FOCUS = """
(what) => {
  const one = document.activeElement;
  const there = one.matches(what || "nothing");
  if (one === document.body) return { where: "", faults: [], there };
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  const spots = [middle, [box.x + 3, box.y + 3], [box.right - 3, box.bottom - 3]];
  const seen = ([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top && (one.contains(top) || top.contains(one) || one.closest("label")?.contains(top));
  };
  const faults = [];
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) faults.push("no outline");
  if (!spots.some(seen)) faults.push("out of sight or covered");
  return { where: one.outerHTML.slice(0, 120), faults, there };
}
"""


def fits(page: Page) -> bool:
    return int(page.evaluate("document.scrollingElement.scrollWidth")) <= int(
        page.evaluate("window.innerWidth")
    )
