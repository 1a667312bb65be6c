import { signedInApi } from "../e2e/support/api";
import { newHome, removeHome, startDemo, type Demo } from "../e2e/support/demo";
import { measureApply, measureDenied, prepareApply } from "./apply-times";
import { measureBundle, measureIdle, measureMemory } from "./process-costs";
import { below, secondsOf, type BenchRow } from "@isthmus/bench-rows";

const PORT = 9800;

/** Measures the whole product as a person has it: one demo with the real delays, on ports and a folder of its own. */
export async function run(): Promise<BenchRow[]> {
  const home = newHome();
  let demo: Demo | undefined;
  const start = () => secondsOf(async () => void (demo = await startDemo({ home, port: PORT })));
  try {
    const first = await start();
    await demo?.stop();
    const second = await start();
    const starts = below(25, "second start, against the first", { value: second, baseline: first, unit: "s" });
    if (demo === undefined) throw new Error("the demo did not start");
    return [starts, ...(await measureRunning(demo)), await measureBundle()];
  } finally {
    await demo?.stop();
    removeHome(home);
  }
}

async function measureRunning(demo: Demo): Promise<readonly BenchRow[]> {
  const api = await signedInApi(demo);
  await prepareApply(api);
  const apply = await measureApply(demo, api);
  // Before calls are denied, which would leave the demo less to do.
  const idle = await measureIdle(demo);
  const denied = await measureDenied(api);
  return [...apply, denied, ...(await measureMemory(demo)), idle];
}
