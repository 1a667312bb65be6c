import { setTimeout as sleep } from "node:timers/promises";
import { signedInApi } from "./api";
import { newHome, removeHome, startDemo, type Demo } from "./demo";
import { killAndAwaitSuccessors, VICTIMS, type Victim } from "./kills";
import { evidenceAfter, faultsAfterSettling } from "./outcome";
import { applyPolicy } from "./policies";
import { drawsFrom, type Draws } from "./seeded";

const CLUSTERS = 3;
const POLICY = "soak.nothing-to-redis";
const YAML = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: ${POLICY}
spec:
  tier: soak
  order: 10
  selector: app == "redis-cart"
  types: [Ingress]
  ingress:
    - action: Deny
      protocol: TCP
      source:
        selector: app == "email"
`;

/** How long and by which draws a demo is tormented. */
export interface SoakOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly port: number;
  /** Called with each thing that happens. */
  readonly say: (line: string) => void;
  /** Ends the run early, cleanly. */
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface SoakResult {
  readonly kills: Readonly<Record<Victim, number>>;
  /** Each in a line; empty when everything held. */
  readonly faults: readonly string[];
  /** The state folder, kept where something is wrong. */
  readonly home: string;
}

/** Kills processes of a demo for some minutes, lets it settle and judges what is left. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const demo = await startDemo({ home: newHome(), port: options.port, sandboxTime: "flush=2s,lag=1" });
  const kills = Object.fromEntries(VICTIMS.map((name) => [name, 0])) as Record<Victim, number>;
  let faults: readonly string[] = ["it was not judged"];
  try {
    const api = await signedInApi(demo);
    await api.mutate("tiers.create", { name: "soak", order: 50, defaultAction: "Pass" });
    await applyPolicy(api, YAML);
    await evidenceAfter(demo, { clusters: CLUSTERS, since: 0 });
    const stuck = await torment(demo, kills, options);
    options.say("settling");
    const since = Math.floor(Date.now() / 1_000);
    const silent = await failureOf(evidenceAfter(demo, { clusters: CLUSTERS, since }));
    faults = [...stuck, ...silent, ...(await faultsAfterSettling(demo, api, POLICY))];
  } finally {
    const code = await demo.stop();
    if (code !== 0) faults = [...faults, `the demo ended with code ${code}`];
    if (faults.length === 0) removeHome(demo.home);
  }
  return { kills, faults, home: demo.home };
}

/** Kills until the time is over; resolves to what did not come back. */
async function torment(
  demo: Demo,
  kills: Record<Victim, number>,
  { seed, minutes, say, signal }: SoakOptions,
): Promise<readonly string[]> {
  const draws = drawsFrom(seed);
  const endsAt = Date.now() + minutes * 60_000;
  while (Date.now() < endsAt && !signal.aborted) {
    await sleep(draws.between(2_000, 15_000), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const names = drawVictims(draws);
    const beganAt = Date.now();
    const stuck = await failureOf(killAndAwaitSuccessors(demo, names));
    for (const name of names) kills[name] += 1;
    say(`killed ${names.join(" and ")}; back after ${((Date.now() - beganAt) / 1_000).toFixed(1)} s`);
    if (stuck.length > 0) return stuck;
  }
  return [];
}

/** One process, and now and then another with it. */
function drawVictims(draws: Draws): readonly Victim[] {
  const first = draws.pick(VICTIMS);
  const second = draws.pick(VICTIMS.filter((name) => name !== first));
  return draws.next() < 0.2 ? [first, second] : [first];
}

const failureOf = (work: Promise<unknown>): Promise<readonly string[]> =>
  work.then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
