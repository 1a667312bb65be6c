import type { Page } from "playwright-core";

/** What the API answers on the wire when it refuses or fails. */
export interface AnsweredError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly permission?: string;
}

const pattern = (procedure: string) => new RegExp(String.raw`/api/trpc/[^?]*${procedure.replace(".", String.raw`\.`)}`);

/** Makes every question of the page that asks for the procedure fail; what it is asked together with fails with it. */
export async function failAnswers(page: Page, procedure: string, error: AnsweredError): Promise<void> {
  await page.route(pattern(procedure), (route) => {
    const asked = new URL(route.request().url()).pathname.split(",").length;
    const answer = { error: { json: { message: error.message, code: -32_603, data: error } } };
    return route.fulfill({
      status: 500,
      contentType: "application/json",
      body: JSON.stringify(Array.from({ length: asked }, () => answer)),
    });
  });
}

/** Makes the page wait for the procedure until `answerAgain`. */
export const holdAnswers = (page: Page, procedure: string): Promise<unknown> =>
  page.route(pattern(procedure), () => undefined);

/** Lets the procedure be answered by the server again. */
export const answerAgain = (page: Page, procedure: string): Promise<void> => page.unroute(pattern(procedure));
