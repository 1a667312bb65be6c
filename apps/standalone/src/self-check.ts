import { setTimeout as sleep } from "node:timers/promises";
import type { Console } from "./console";
import { createApiClient } from "./demo/api-client";
import { publicUrl, type StackSettings } from "./stack/processes";

interface FlowPage {
  readonly flows: readonly unknown[];
}

const FLOW_MS = 150_000;

/** Signs in as the owner would and waits for a flow of the last five minutes; rejects when none comes. */
export async function runSelfCheck({ config, ports, secrets }: StackSettings, console: Console): Promise<void> {
  const api = createApiClient(publicUrl(ports));
  await console.step("check: sign in", () =>
    api.mutate("signIn.signIn", { email: config.email, password: secrets.signInPassword }),
  );
  if (config.mode === "demo") await console.step("check: a flow is seen", () => untilFlow(api));
}

async function untilFlow(api: ReturnType<typeof createApiClient>): Promise<void> {
  for (const deadline = Date.now() + FLOW_MS; Date.now() < deadline; await sleep(1_000)) {
    const { flows } = await api.query<FlowPage>("flows.page", { view: { scope: "", range: "5m" }, q: "", limit: 1 });
    if (flows.length > 0) return;
  }
  throw new Error(`no flow was seen within ${FLOW_MS / 1000} s; the logs are in the state folder under logs/`);
}
