import { recordAt } from "@isthmus/k8s";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LEASE_KIND } from "../src/lease/lease-record";
import type { RunningChild } from "./support/child";
import { agentToken, install } from "./support/install";
import { LinkGateway } from "./support/link-gateway";
import { Relay } from "./support/relay";
import { health, manifestFor, placeReplica, type ReplicaPlace } from "./support/replica";
import { apiServerOf, startSandbox, type RunningSandbox } from "./support/sandbox";
import { waitFor } from "./support/wait-for";

/** The shipped 15 s would only make the waiting longer. */
const FASTER = ["--lease-duration=6s"];

let sandbox: RunningSandbox;
let gateway: LinkGateway;
/** Between the first replica and its API server. */
let relay: Relay;
let places: readonly [ReplicaPlace, ReplicaPlace];
const running: RunningChild[] = [];

function start(place: ReplicaPlace): RunningChild {
  const child = place.start(FASTER);
  running.push(child);
  return child;
}

async function holder(): Promise<unknown> {
  const lease = await sandbox.api.get(LEASE_KIND, { namespace: "isthmus", name: "isthmus-agent" });
  return lease.ok ? recordAt(lease.value, "spec")["holderIdentity"] : undefined;
}

const becomesActive = (name: string, child: RunningChild): Promise<true> =>
  waitFor(`${name} to be active and ready`, async () => {
    const { status, text } = await health(child, "/readyz");
    return status === 200 && text === "ready: active\n" ? true : undefined;
  });

const standsBy = (child: RunningChild, active: string): Promise<true> =>
  waitFor(`a standby that names ${active}`, async () => {
    const { status, text } = await health(child, "/readyz");
    return status === 200 && text === `ready: standby; \`${active}\` is active\n` ? true : undefined;
  });

const isActive = async (child: RunningChild): Promise<boolean> =>
  /^isthmus_agent_active 1$/mu.test((await health(child, "/metrics")).text);

const buckets = (): readonly number[] =>
  [...new Set([...gateway.batches.values()].map(({ bucketStart }) => Number(bucketStart)))].toSorted((a, b) => a - b);

beforeAll(async () => {
  gateway = new LinkGateway();
  gateway.tellsMarks = true;
  const url = await gateway.listen();
  sandbox = await startSandbox();
  const objects = manifestFor(sandbox, gateway, url);
  await install(sandbox.api, objects);
  relay = new Relay(new URL(apiServerOf(sandbox)));
  const server = `https://127.0.0.1:${await relay.listen()}`;
  const placement = { objects, sandbox, gateway, token: await agentToken(sandbox.api) };
  places = [await placeReplica("one", { ...placement, server }), await placeReplica("two", placement)];
}, 120_000);

afterAll(async () => {
  for (const child of running) await child.kill("SIGKILL");
  relay?.close();
  await gateway?.close();
  await sandbox?.stop();
  for (const place of places ?? []) place.remove();
});

describe("two replicas of the agent", () => {
  let one: RunningChild;
  let two: RunningChild;

  it("one works, the other is ready and says who does", async () => {
    one = start(places[0]);
    await becomesActive("one", one);
    two = start(places[1]);
    await standsBy(two, "one");
    expect([await isActive(one), await isActive(two)]).toEqual([true, false]);
    expect(gateway.history).toEqual(["open one"]);
  });

  it("one that is cut off from the API server rests before the other begins, and stands by when it is back", async () => {
    relay.cut();
    await becomesActive("two", two);
    // Its gateway was within reach all the time: it has ended its session of its own accord.
    expect(gateway.history).toEqual(["open one", "end one", "open two"]);
    expect((await health(one, "/readyz")).status).toBe(503);
    expect(await isActive(one)).toBe(false);
    relay.heal();
    await standsBy(one, "two");
  });

  it("one that is killed is followed by the other; no bucket comes twice, and none is missing", async () => {
    await waitFor("a bucket of two", () => buckets().length > 0);
    await two.kill("SIGKILL");
    const before = buckets().length;
    expect(await holder()).toBe("two");
    // Its own cursor is older than what the other has sent: it must not go by it while no gateway tells.
    gateway.refuseWith = "overloaded";
    await waitFor("a refused session", () => gateway.refusals.at(-1) === "overloaded");
    gateway.refuseWith = undefined;
    await becomesActive("one", one);
    await waitFor("another bucket", () => buckets().length > before);
    const found = buckets();
    expect(found).toEqual(found.map((_, index) => (found[0] ?? 0) + index * 15));
    expect(gateway.received).toEqual([...new Set(gateway.received)]);
    expect(gateway.gaps).toEqual([]);
  });

  it("one that stops cleanly leaves nothing unsent, and the lease to the other at once", async () => {
    two = start(places[1]);
    await standsBy(two, "one");
    expect(await one.kill("SIGTERM")).toBe("0");
    expect(one.lines.find(({ msg }) => msg === "the lease is released")).toBeDefined();
    await becomesActive("two", two);
    const taken = two.lines.find(({ msg }) => msg === "this replica is active");
    expect(taken).toMatchObject({ formerHolder: "", continued: false });
  });
});
