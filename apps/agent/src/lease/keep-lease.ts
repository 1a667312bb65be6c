import type { Clock } from "@isthmus/std";
import type { GetObject, KubeError, KubeObject, WriteObjects } from "@isthmus/k8s";
import type { Logger } from "pino";
import type { NamedObject } from "../arguments";
import { decideLease, isOverdue, observe, type LeaseTiming, type Observation, type Standing } from "./decide";
import { LEASE_KIND, leaseRecord, microTime, withRecord, type LeaseRecord } from "./lease-record";

/** One stretch of being active. */
export interface Term {
  /** Aborts when the work has to rest. */
  readonly signal: AbortSignal;
  /** Whether it has to, by the clock: also before the signal, as when the process was paused and no timer has run yet. */
  readonly isOver: () => boolean;
  /** Nobody else has worked since this replica did, in this process or an earlier one. */
  readonly continued: boolean;
}

/** What keeping a lease needs. */
export interface KeepLeaseOptions {
  readonly api: GetObject & Pick<WriteObjects, "update">;
  readonly at: NamedObject;
  /** What the lease calls this replica: a name that no other running process has. */
  readonly me: string;
  readonly timing: LeaseTiming;
  /** One that nobody sets: a wall clock that is put back would keep a holder active for too long. */
  readonly clock: Clock;
  /** Unix ms, written into the lease for people. */
  readonly wallNow: () => number;
  readonly random: () => number;
  /** Works until the term's signal aborts, and resolves when it rests. */
  readonly lead: (term: Term) => Promise<void>;
  /** Brings to an end what should not be left when the process stops cleanly; bounded by itself. */
  readonly finish: () => Promise<void>;
  /** The work did not come to rest in time: the process must end at once. */
  readonly stuck: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** How a replica stands, for people. */
export type LeaseState =
  | { readonly kind: "active" }
  | { readonly kind: "standby"; readonly holder: string }
  | { readonly kind: "unknown"; readonly why: string };

/** Of the time between a holder's deadline and the next one's beginning, what the holder may use to come to rest. */
const RESTING_SHARE = 0.8;

/** Holds a lease when it can, and works only while it does. */
export class LeaseKeeper {
  readonly #options: KeepLeaseOptions;
  #standing: Standing = { kind: "standby" };
  #state: LeaseState = { kind: "unknown", why: "the lease was not read yet" };
  #seen: Observation | undefined;
  #term: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;
  #resting: Promise<void> | undefined;
  /** We took the lease over from others, or may have where no answer came, and have not worked since. */
  #followsOthers = false;

  constructor(options: KeepLeaseOptions) {
    this.#options = options;
  }

  /** How this replica stands now. */
  get state(): LeaseState {
    return this.#state;
  }

  /** Competes for the lease until the signal aborts; then comes to rest and releases it. */
  async run(): Promise<void> {
    const { clock, timing, random, signal } = this.#options;
    while (!signal.aborted) {
      await this.#attempt();
      // Apart from each other, so that replicas do not write at the same moment.
      await clock.sleep(timing.retryMs * (0.9 + 0.2 * random()), signal).catch(() => undefined);
    }
    const wasActive = this.#term !== undefined && this.#resting === undefined;
    if (wasActive) await this.#options.finish();
    await this.#rest("the process stops");
    if (wasActive) await this.#release();
  }

  async #attempt(): Promise<void> {
    await this.#resting;
    const { api, at, clock, signal } = this.#options;
    const lease = await api.get(LEASE_KIND, at);
    if (signal.aborted || this.#resting !== undefined) return;
    if (!lease.ok) return this.#failed("read", lease.error);
    this.#seen = observe(this.#seen, leaseRecord(lease.value), clock.now());
    await this.#act(lease.value, this.#seen);
  }

  async #act(lease: KubeObject, seen: Observation): Promise<void> {
    const { me, clock, timing } = this.#options;
    const step = decideLease(this.#standing, seen, { me, nowMs: clock.now(), timing });
    switch (step.kind) {
      case "wait":
        this.#state = { kind: "standby", holder: step.holder };
        return;
      case "stand-down":
        return this.#rest(step.why);
      case "renew":
        return this.#renew(lease, seen.record);
      case "take":
        return this.#take(lease, seen.record, step);
    }
  }

  async #renew(lease: KubeObject, record: LeaseRecord): Promise<void> {
    const sentAtMs = this.#options.clock.now();
    const answer = await this.#write(lease, { ...record, ...this.#fresh() });
    if (!answer.ok) this.#failed("renew", answer.error);
    else if (this.#standing.kind === "active") this.#standing = { kind: "active", renewedAtMs: sentAtMs };
  }

  async #take(
    lease: KubeObject,
    record: LeaseRecord,
    { continued, transitions }: { readonly continued: boolean; readonly transitions: number },
  ): Promise<void> {
    const { clock, timing, signal } = this.#options;
    const fresh = this.#fresh();
    const acquireTime = continued && record.acquireTime !== "" ? record.acquireTime : fresh.renewTime;
    const standing: Standing = { kind: "active", renewedAtMs: clock.now() };
    // Before the answer: one that is lost leaves a lease that names us, as if we had held it all the time.
    if (!continued) this.#followsOthers = true;
    const answer = await this.#write(lease, { ...fresh, acquireTime, transitions });
    if (!answer.ok) return this.#failed("take", answer.error);
    // An answer that came too late, or to a process that stops: the lease runs out by itself.
    if (signal.aborted || isOverdue(standing, { nowMs: clock.now(), timing })) return;
    this.#begin(standing, { continued: !this.#followsOthers, formerHolder: record.holder });
  }

  #begin(
    standing: Standing,
    { continued, formerHolder }: { readonly continued: boolean; readonly formerHolder: string },
  ): void {
    const { lead, log, at } = this.#options;
    const stop = new AbortController();
    this.#standing = standing;
    this.#followsOthers = false;
    this.#state = { kind: "active" };
    log.info({ lease: `${at.namespace}/${at.name}`, continued, formerHolder }, "this replica is active");
    const { clock, timing } = this.#options;
    const isOver = (): boolean => stop.signal.aborted || isOverdue(this.#standing, { nowMs: clock.now(), timing });
    this.#term = { stop, ended: lead({ signal: stop.signal, isOver, continued }) };
    void this.#watchDeadline(stop.signal);
  }

  /** Independent of requests, which may hang. */
  async #watchDeadline(signal: AbortSignal): Promise<void> {
    const { clock, timing } = this.#options;
    while (!signal.aborted) {
      if (isOverdue(this.#standing, { nowMs: clock.now(), timing })) {
        await this.#rest("the lease could not be renewed in time");
        return;
      }
      const renewedAtMs = this.#standing.kind === "active" ? this.#standing.renewedAtMs : 0;
      await clock.sleep(renewedAtMs + timing.renewDeadlineMs - clock.now(), signal).catch(() => undefined);
    }
  }

  /** Ends the work, and waits for it. */
  #rest(why: string): Promise<void> {
    this.#resting ??= this.#comeToRest(why).finally(() => {
      this.#resting = undefined;
    });
    return this.#resting;
  }

  async #comeToRest(why: string): Promise<void> {
    const term = this.#term;
    if (term === undefined) return;
    const { clock, timing, log, stuck } = this.#options;
    log.warn(`this replica is active no longer: ${why}`);
    this.#state = { kind: "unknown", why: `active no longer: ${why}` };
    term.stop.abort();
    const waiting = new AbortController();
    const lateMs = (timing.durationMs - timing.renewDeadlineMs) * RESTING_SHARE;
    const late = clock.sleep(lateMs, waiting.signal).then(
      () => true,
      () => false,
    );
    const isLate = await Promise.race([term.ended.then(() => false), late]);
    waiting.abort();
    if (isLate) return stuck();
    this.#term = undefined;
    this.#standing = { kind: "standby" };
  }

  /** So that another replica begins at once. */
  async #release(): Promise<void> {
    const { api, at, me, log } = this.#options;
    const lease = await api.get(LEASE_KIND, at);
    if (!lease.ok) return;
    const record = leaseRecord(lease.value);
    if (record.holder !== me) return;
    const answer = await this.#write(lease.value, { ...record, ...this.#fresh(), holder: "", durationSeconds: 1 });
    if (answer.ok) log.info("the lease is released");
  }

  #fresh(): Pick<LeaseRecord, "holder" | "durationSeconds" | "renewTime"> {
    const { me, timing, wallNow } = this.#options;
    return { holder: me, durationSeconds: timing.durationMs / 1_000, renewTime: microTime(wallNow()) };
  }

  #write(lease: KubeObject, record: LeaseRecord): ReturnType<WriteObjects["update"]> {
    return this.#options.api.update(LEASE_KIND, withRecord(lease, record));
  }

  #failed(verb: "read" | "take" | "renew", error: KubeError): void {
    const { at, log } = this.#options;
    // Another replica was faster.
    if (error.code === "conflict") return;
    const message = `cannot ${verb} Lease ${at.namespace}/${at.name}: ${error.message}${cureOf(error)}`;
    if (this.#standing.kind === "standby") this.#state = { kind: "unknown", why: message };
    log.warn(message);
  }
}

const cureOf = ({ code }: KubeError): string =>
  code === "forbidden" || code === "not-found" ? "; apply the agent's manifest again, it brings the lease" : "";
