import type { Scope } from "@isthmus/flow-store";
import { FlowStoreError } from "@isthmus/flow-store";
import { afterAll, beforeAll, expect, it } from "vitest";
import { handleApiRequest } from "../src/server/handler";
import type { Server } from "../src/server/server";
import { startTestWeb, type TestWeb } from "./people";

// That the engine's query ends with the signal of its scope is shown where the store is; here, that the browser's leaving
// is that signal.
let web: TestWeb;

beforeAll(async () => {
  web = await startTestWeb();
});
afterAll(async () => web.stop());

const question = encodeURIComponent(JSON.stringify({ json: { view: { scope: "", range: "1h" }, q: "" } }));

/** Asks for a histogram of a store that answers only once its asker has left. */
async function askAndLeave(leave: boolean) {
  const { headers } = await web.organisation(`leaving-${leave}`);
  const leaving = new AbortController();
  let seen: (scope: Scope) => void = () => undefined;
  const asked = new Promise<Scope>((resolve) => (seen = resolve));
  const server: Server = {
    ...web.server,
    flows: {
      ...web.server.flows,
      flowHistogram: (scope) => {
        seen(scope);
        return new Promise((resolve, reject) => {
          scope.signal?.addEventListener("abort", () =>
            reject(new FlowStoreError("cancelled", "whoever asked has left", { retryable: false })),
          );
          if (!leave) resolve([]);
        });
      },
    },
  };
  const url = `${server.config.publicUrl}/api/trpc/flows.histogram?input=${question}`;
  const answered = handleApiRequest(server, new Request(url, { headers, signal: leaving.signal }));
  const scope = await asked;
  if (leave) leaving.abort();
  return { scope, answer: (await (await answered).json()) as unknown };
}

it("a browser that leaves ends what it asked of the evidence store", async () => {
  const { scope, answer } = await askAndLeave(true);
  expect(scope.signal?.aborted).toBe(true);
  expect(answer).toMatchObject({ error: { json: { data: { code: "cancelled" } } } });
});

it("one that stays is answered", async () => {
  const { scope, answer } = await askAndLeave(false);
  expect(scope.signal?.aborted).toBe(false);
  expect(answer).toMatchObject({ result: { data: { json: { steps: [] } } } });
});
