import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { ConsoleMessage, Page, Request } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** WCAG 2.2, levels A and AA. */
const wcag = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What axe-core finds wrong with the page as it stands, a line for each element. */
export async function findAxeFaults(page: Page): Promise<readonly string[]> {
  // Colours of another theme come by a transition, if a short one.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axe);
  const options = JSON.stringify({ runOnly: wcag, resultTypes: ["violations"] });
  const { violations } = (await page.evaluate(`axe.run(document, ${options})`)) as AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary = "" }) => `${id}: ${html.slice(0, 160)} (${failureSummary.replaceAll(/\s+/g, " ")})`,
    ),
  );
}

/** What sticks out of the window, where the page itself would scroll sideways or a part of it cannot be reached. */
export const findOverflow = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const { scrollWidth } = document.documentElement;
    const wide = scrollWidth > innerWidth ? [`the page is ${scrollWidth} px wide`] : [];
    const scrolls = (element: Element) => /auto|scroll/.test(getComputedStyle(element).overflowX);
    const reachable = (element: Element): boolean => {
      for (let parent = element.parentElement; parent !== null; parent = parent.parentElement)
        if (scrolls(parent) || parent instanceof SVGElement) return true;
      return false;
    };
    const lost = [...document.querySelectorAll("button, a, input, select, textarea, h1, h2, p")].filter((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 0 && right > innerWidth + 1 && !reachable(element);
    });
    return [...wide, ...lost.map(({ outerHTML }) => `out of the window: ${outerHTML.slice(0, 120)}`)];
  });

/** Goes through the page by Tab; names what takes the focus and does not show it. */
export async function findUnseenFocus(page: Page, steps: number): Promise<readonly string[]> {
  const unseen: string[] = [];
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const focused = document.activeElement;
      if (focused === null || focused === document.body) return undefined;
      const ringed = (element: Element | null): boolean => {
        if (element === null) return false;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== "none" && outlineWidth !== "0px";
      };
      // A field may draw the ring on the box that holds it.
      if (ringed(focused) || (focused.matches("input") && ringed(focused.parentElement))) return undefined;
      return focused.outerHTML.slice(0, 160);
    });
    if (name !== undefined) unseen.push(`no focus ring: ${name}`);
  }
  return unseen;
}

/** Notes what the browser complains about until it is stopped: console, exceptions, requests that failed. */
export function watchComplaints(page: Page): { stop(): readonly string[] } {
  const complaints: string[] = [];
  const console = (message: ConsoleMessage) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  };
  const pageerror = (error: Error) => complaints.push(`exception: ${error.message}`);
  const requestfailed = (request: Request) => {
    const why = request.failure()?.errorText ?? "";
    // A page that is left drops what it asked for.
    if (!why.includes("ERR_ABORTED")) complaints.push(`${why}: ${request.url()}`);
  };
  page.on("console", console).on("pageerror", pageerror).on("requestfailed", requestfailed);
  return {
    stop: () => {
      page.off("console", console).off("pageerror", pageerror).off("requestfailed", requestfailed);
      return complaints;
    },
  };
}

/** Waits until a page shows what it asked for. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector("[data-waiting], .spin, [aria-busy=true]") === null);
  // A page that leads on to another has no title for a moment in between.
  await page.waitForFunction(() => document.title !== "");
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
}
