import { chromium, type Browser, type Page } from "playwright-core";

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

/** Fills in the sign-in page at `url` and sends it; where it leads is for the caller to await. */
export async function signInAt(page: Page, url: string, person: SignInPerson): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export interface SignInPerson {
  readonly email: string;
  readonly password: string;
}
