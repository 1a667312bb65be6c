import { chromium, type Browser } from "playwright-core";

/** Starts the browser that `npm test` found; without one it fails with the command that brings it. */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env["ISTHMUS_BROWSER"] || "/usr/bin/chromium";
  return chromium
    .launch({
      executablePath,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    })
    .catch((error: unknown) => {
      throw new Error(
        `no browser at ${executablePath}. Cure: ${process.env["ISTHMUS_BROWSER_CURE"] ?? "install chromium"}`,
        { cause: error },
      );
    });
}
