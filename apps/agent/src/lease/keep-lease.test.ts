import { err, ok } from "@isthmus/std";
import type { Answer, KubeError, KubeObject } from "@isthmus/k8s";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { leaseTiming } from "./decide";
import { LeaseKeeper } from "./keep-lease";
import { turnedClock, type TurnedClock } from "@isthmus/std/testing";

const problem = (code: KubeError["code"]): KubeError => ({ code, status: 0, message: code, retryable: true });

/** One Lease, with the API server's own check of versions. */
class StoredLease {
  object: KubeObject = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { namespace: "isthmus", name: "isthmus-agent", resourceVersion: "1" },
  };

  get holder(): unknown {
    return (this.object["spec"] as { holderIdentity?: string } | undefined)?.holderIdentity;
  }

  /** Somebody deletes it and applies the manifest again. */
  makeAnew(): void {
    const { spec: _spec, ...rest } = this.object;
    const resourceVersion = String(Number(rest.metadata.resourceVersion) + 1);
    this.object = { ...rest, metadata: { ...rest.metadata, resourceVersion } };
  }

  /** How one replica reaches it. */
  reach(): Reach {
    const reach: Reach = {
      how: "well",
      api: {
        get: () => (reach.how === "deaf" ? Promise.resolve(ok(this.object)) : answer(reach, () => ok(this.object))),
        update: (_, object) =>
          answer(reach, () => {
            const { resourceVersion } = this.object.metadata;
            if (object.metadata.resourceVersion !== resourceVersion) return err(problem("conflict"));
            const metadata = { ...object.metadata, resourceVersion: String(Number(resourceVersion) + 1) };
            this.object = { ...object, metadata };
            return ok(this.object);
          }),
      },
    };
    return reach;
  }
}

interface Reach {
  /** `deaf`: what is written arrives, and no answer comes back. */
  how: "well" | "refused" | "hanging" | "deaf";
  readonly api: {
    get(): Answer<KubeObject>;
    update(kind: unknown, object: KubeObject): Answer<KubeObject>;
  };
}

function answer(reach: Reach, give: () => Awaited<Answer<KubeObject>>): Answer<KubeObject> {
  if (reach.how === "hanging") return new Promise(() => undefined);
  if (reach.how === "refused") return Promise.resolve(err(problem("unreachable")));
  const given = give();
  return Promise.resolve(reach.how === "deaf" ? err(problem("unreachable")) : given);
}

interface Replica {
  readonly reach: Reach;
  readonly keeper: LeaseKeeper;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  /** What happened, in order, to all replicas. */
  readonly terms: { continued: boolean }[];
  /** Of the newest term. */
  isOver: () => boolean;
  working: boolean;
  /** Its work does not end when it is told to. */
  obstinate: boolean;
  stuck: boolean;
}

function replica(me: string, lease: StoredLease, clock: TurnedClock): Replica {
  const stop = new AbortController();
  const reach = lease.reach();
  const terms: Replica["terms"] = [];
  const made: Omit<Replica, "keeper" | "ended"> = {
    reach,
    stop,
    terms,
    isOver: () => true,
    working: false,
    obstinate: false,
    stuck: false,
  };
  const keeper = new LeaseKeeper({
    api: reach.api,
    at: { namespace: "isthmus", name: "isthmus-agent" },
    me,
    timing: leaseTiming(15_000),
    clock,
    wallNow: () => clock.now(),
    random: () => 0.5,
    lead: ({ signal, isOver, continued }) => {
      terms.push({ continued });
      made.isOver = isOver;
      made.working = true;
      return new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          if (made.obstinate) return;
          made.working = false;
          resolve();
        });
      });
    },
    finish: () => Promise.resolve(),
    stuck: () => {
      made.stuck = true;
      made.working = false;
    },
    log: pino({ level: "silent" }),
    signal: stop.signal,
  });
  return Object.assign(made, { keeper, ended: keeper.run() });
}

describe("two replicas", () => {
  it("one works, the other says who does", async () => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const [a, b] = [replica("a", lease, clock), replica("b", lease, clock)];
    await clock.turn(60_000);
    expect([a.working, b.working]).toEqual([true, false]);
    expect(b.keeper.state).toEqual({ kind: "standby", holder: "a" });
    expect(a.terms).toEqual([{ continued: false }]);
  });

  it("one that stops cleanly is followed within a retry", async () => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const [a, b] = [replica("a", lease, clock), replica("b", lease, clock)];
    await clock.turn(10_000);
    a.stop.abort();
    await a.ended;
    expect([a.working, lease.holder]).toEqual([false, ""]);
    await clock.turn(2_200);
    expect(b.working).toBe(true);
    expect(b.terms).toEqual([{ continued: false }]);
  });

  it.each(["refused", "hanging"] as const)("one whose API server is %s rests before the other begins", async (how) => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const [a, b] = [replica("a", lease, clock), replica("b", lease, clock)];
    await clock.turn(10_000);
    a.reach.how = how;
    for (let turned = 0; turned < 40_000 && !b.working; turned += 250) {
      await clock.turn(250);
      expect([a.working, b.working]).not.toEqual([true, true]);
    }
    expect([a.working, b.working]).toEqual([false, true]);
  });

  it("one whose work does not end is ended, before the other begins", async () => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const [a, b] = [replica("a", lease, clock), replica("b", lease, clock)];
    await clock.turn(10_000);
    a.obstinate = true;
    a.reach.how = "refused";
    for (let turned = 0; turned < 40_000 && !b.working; turned += 250) {
      await clock.turn(250);
      expect([a.working, b.working]).not.toEqual([true, true]);
    }
    expect(a.stuck).toBe(true);
  });

  it("one that was cut off alone goes on where it left off", async () => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const a = replica("a", lease, clock);
    await clock.turn(10_000);
    a.reach.how = "refused";
    await clock.turn(30_000);
    expect(a.working).toBe(false);
    expect(a.keeper.state.kind).toBe("unknown");
    a.reach.how = "well";
    await clock.turn(5_000);
    expect(a.terms).toEqual([{ continued: false }, { continued: true }]);
  });

  it("none works where the lease is missing, and the state says what to do", async () => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const a = replica("a", lease, clock);
    a.reach.api.get = () => Promise.resolve(err(problem("not-found")));
    await clock.turn(10_000);
    expect(a.working).toBe(false);
    expect(a.keeper.state).toMatchObject({ kind: "unknown", why: expect.stringContaining("manifest again") as string });
  });

  it("the other waits where the lease is made anew, since the first may not know", async () => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const [a, b] = [replica("a", lease, clock), replica("b", lease, clock)];
    await clock.turn(10_000);
    a.reach.how = "hanging";
    lease.makeAnew();
    for (let turned = 0; turned < 40_000 && !b.working; turned += 250) {
      await clock.turn(250);
      expect([a.working, b.working]).not.toEqual([true, true]);
    }
    expect([a.working, b.working]).toEqual([false, true]);
  });

  it("one whose answer was lost as it took over does not believe that it had worked all the time", async () => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const [a, b] = [replica("a", lease, clock), replica("b", lease, clock)];
    await clock.turn(10_000);
    b.reach.how = "deaf";
    a.stop.abort();
    await a.ended;
    await clock.turn(3_000);
    expect([lease.holder, b.working]).toEqual(["b", false]);
    b.reach.how = "well";
    await clock.turn(3_000);
    expect(b.terms).toEqual([{ continued: false }]);
  });

  it("a term is over by the clock, whether or not a timer has run", async () => {
    const [clock, lease] = [turnedClock(), new StoredLease()];
    const a = replica("a", lease, clock);
    await clock.turn(10_000);
    expect(a.isOver()).toBe(false);
    clock.jump(10_000);
    expect([a.working, a.isOver()]).toEqual([true, true]);
  });
});
