import { existsSync } from "node:fs";
import { run } from "./steps.mjs";

const CANDIDATES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
];
const find = () => [process.env.ISTHMUS_BROWSER, ...CANDIDATES].find((path) => path !== undefined && existsSync(path));

/** The one command that brings a browser. */
export const browserCure = "sudo apt-get install -y chromium   (or set ISTHMUS_BROWSER to a Chromium's path)";

let asked;

/** Path of a Chromium; installs Debian's where there is none and we may; null where neither is possible. */
export const ensureBrowser = () => (asked ??= findOrInstall());

async function findOrInstall() {
  const found = find();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return null;
  console.log("Installing Debian's chromium for the browser tests …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["update", "-q"], { env });
  await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], { env });
  return find() ?? null;
}
