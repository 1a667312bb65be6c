import { create } from "@bufbuild/protobuf";
import { backoffDelayMs, type Backoff, type Clock } from "@isthmus/std";
import type { GetObject, KubeObject, WriteObjects } from "@isthmus/k8s";
import { ApplyState, ResourceResultSchema, type DesiredState, type ResourceResult } from "@isthmus/protocol";
import { decideWanted, type Occasion } from "./decide";
import { executeStep } from "./execute-step";
import { NOTHING_DESIRED, stagesOf, stepsOf, takeDesired, type HeldDesired, type Stage, type Step } from "./plan";
import { letsOthersPass, outcome, type StepOutcome } from "./step-outcome";
import { ResourceWriter } from "./write";

/** What the applier needs. */
export interface ApplierOptions {
  readonly api: GetObject & WriteObjects;
  readonly clock: Clock;
  readonly random: () => number;
  /** Isthmus's id of this cluster; empty until the first session. */
  readonly clusterId: () => string;
  /** True while the cluster serves Calico's kinds only in its internal group. */
  readonly readOnly: () => boolean;
  /** Takes results to the gateway; what cannot be sent now is reported when the next session asks. */
  readonly report: (revision: bigint, results: readonly ResourceResult[]) => void;
}

const SOON: Backoff = { baseMs: 500, maxMs: 30_000 };
const SLOWLY_MS = 60_000;
const REPORT_MS = 200;
/** What somebody else may have changed unseen. */
const LOOKED_AFTER: ReadonlySet<ApplyState> = new Set([ApplyState.APPLIED, ApplyState.DRIFTED, ApplyState.NOT_OURS]);

/**
 * Brings the cluster to the desired state, position by position, and watches that it stays there. A step that fails
 * holds back all later positions: every prefix of a plan was checked, other mixtures were not.
 */
export class Applier {
  readonly #options: ApplierOptions;
  readonly #writer: ResourceWriter;
  #held: HeldDesired = NOTHING_DESIRED;
  /** Steps to visit, and why. */
  readonly #todo = new Map<string, Occasion>();
  /** What was seen of a resource while it was being visited, newest. */
  readonly #meanwhile = new Map<string, KubeObject | undefined>();
  readonly #outcomes = new Map<string, StepOutcome>();
  /** UIDs of what we made, which the gateway may not have on record yet. */
  readonly #uids = new Map<string, string>();
  /** Steps that are looked at only because it was time to. */
  readonly #regular = new Set<string>();
  /** Content hashes (hex) of what was applied last: held back or not, that is in force. */
  readonly #inForce = new Map<string, string>();
  /** Not reported yet. */
  #results: ResourceResult[] = [];
  #reportedAtMs = 0;
  #generation = 0;
  #attempt = 0;
  /** Something was put on the list since the last pass began. */
  #dirty = false;
  #wake: () => void = () => undefined;

  constructor(options: ApplierOptions) {
    this.#options = options;
    this.#writer = new ResourceWriter(options.api);
  }

  /** The revision held; 0 when nothing was ever received. */
  get revision(): bigint {
    return this.#held.revision;
  }

  /** How many resources stand in each state. */
  counts(): ReadonlyMap<ApplyState, number> {
    const counts = new Map<ApplyState, number>();
    for (const { state } of this.#outcomes.values()) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  /** Takes a desired state in; false where it is a difference to a revision that is not held. */
  receive(state: DesiredState): boolean {
    const before = this.#held;
    const held = takeDesired(before, state);
    if (held === undefined) return false;
    this.#held = held;
    this.#generation += 1;
    this.#attempt = 0;
    const asked = before.revision > 0n && state.revision > before.revision;
    this.#regular.clear();
    for (const { text } of stepsOf(state)) this.#todo.set(text, asked ? "apply" : "check");
    for (const [text, { state: last }] of this.#outcomes) {
      if (!held.steps.has(text)) this.#forget(text);
      else if (!letsOthersPass(last) && !this.#todo.has(text)) this.#todo.set(text, "apply");
    }
    this.#stir();
    return true;
  }

  /** The inventory saw this resource change, or go; looked at closer only if that is news to us. */
  noticed(text: string, object: KubeObject | undefined): void {
    const step = this.#held.steps.get(text);
    const last = this.#outcomes.get(text);
    if (this.#todo.has(text)) this.#meanwhile.set(text, object);
    if (step?.kind !== "upsert" || last === undefined || this.#todo.has(text)) return;
    const strangerLeft = last.state === ApplyState.NOT_OURS && object === undefined;
    if (!strangerLeft && last.state !== ApplyState.APPLIED && last.state !== ApplyState.DRIFTED) return;
    if (object !== undefined && looksApplied(step, object, last.uid) === (last.state === ApplyState.APPLIED)) return;
    this.#todo.set(text, "check");
    this.#stir();
  }

  /** Reads all that was written from the cluster again: what a watch has missed, or never told. */
  checkAll(): void {
    for (const [text, { state }] of this.#outcomes) {
      const isSettled = LOOKED_AFTER.has(state) && this.#held.steps.get(text)?.kind === "upsert";
      if (!isSettled || this.#todo.has(text)) continue;
      this.#todo.set(text, "check");
      this.#regular.add(text);
    }
    this.#stir();
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#dirty = false;
      const delayMs = this.#todo.size === 0 ? undefined : await this.#pass(signal);
      if (!this.#dirty) await this.#sleep(delayMs, signal);
    }
  }

  #stir(): void {
    this.#dirty = true;
    this.#wake();
  }

  /** One pass over the plan; answers with the ms until the next one, or undefined where nothing is left to do. */
  async #pass(signal: AbortSignal): Promise<number | undefined> {
    const generation = this.#generation;
    const stages = stagesOf(this.#held.steps.values());
    let slowest: "soon" | "slowly" | undefined;
    for (const [index, stage] of stages.entries()) {
      const blocked = await this.#executeStage(stage, generation, signal);
      this.#report(blocked === undefined ? REPORT_MS : 0);
      if (generation !== this.#generation || signal.aborted) return undefined;
      if (blocked === undefined) continue;
      this.#holdBack(stages.slice(index + 1), blocked);
      slowest = this.#retryOf(stage);
      break;
    }
    this.#report(0);
    if (slowest === undefined) {
      this.#attempt = 0;
      return undefined;
    }
    if (slowest === "slowly") return SLOWLY_MS;
    return 1 + backoffDelayMs(SOON, this.#attempt++, this.#options.random());
  }

  /** Answers with the first step that holds later positions back. */
  async #executeStage(stage: Stage, generation: number, signal: AbortSignal): Promise<Step | undefined> {
    for (const step of stage.steps) {
      const occasion = this.#todo.get(step.text);
      if (occasion === undefined) continue;
      this.#meanwhile.delete(step.text);
      const ended = this.#isReadOnly(step) ? outcome(ApplyState.READ_ONLY) : await this.#execute(step, occasion);
      if (generation !== this.#generation || signal.aborted) break;
      if (this.#isNoNews(step, ended)) {
        this.#todo.delete(step.text);
        continue;
      }
      if (ended.retry === "never") this.#todo.delete(step.text);
      this.#note(step, ended);
      // Somebody may have changed it after our write and before its answer came.
      if (this.#meanwhile.has(step.text)) this.noticed(step.text, this.#meanwhile.get(step.text));
    }
    return stage.steps.find((step) => {
      const last = this.#outcomes.get(step.text);
      return last !== undefined && !letsOthersPass(last.state);
    });
  }

  /** Whether a look that nobody asked for found nothing new, or could not look: then the next one will. */
  #isNoNews({ text }: Step, ended: StepOutcome): boolean {
    const last = this.#outcomes.get(text);
    if (!this.#regular.delete(text)) return false;
    if (ended.state === ApplyState.FAILED && ended.retry === "soon") return true;
    return last?.state === ended.state && last.message === ended.message && last.uid === ended.uid;
  }

  async #execute(step: Step, occasion: Occasion): Promise<StepOutcome> {
    const recorded = step.kind === "upsert" ? step.resource.recordedUid : step.removal.recordedUid;
    const knownUid = this.#uids.get(step.text) ?? recorded;
    const clusterId = this.#options.clusterId();
    const ended = await executeStep(step, {
      api: this.#options.api,
      writer: this.#writer,
      occasion,
      knownUid,
      clusterId,
    });
    if (ended.state === ApplyState.APPLIED) this.#uids.set(step.text, ended.uid);
    if (ended.state === ApplyState.REMOVED) this.#uids.delete(step.text);
    return ended;
  }

  /** Results that come together travel together; none waits longer than `afterMs`. */
  #report(afterMs: number): void {
    const nowMs = this.#options.clock.now();
    if (this.#results.length === 0 || nowMs - this.#reportedAtMs < afterMs) return;
    const results = this.#results;
    this.#results = [];
    this.#reportedAtMs = nowMs;
    this.#options.report(this.#held.revision, results);
  }

  #note(step: Step, ended: StepOutcome): void {
    this.#outcomes.set(step.text, ended);
    if (ended.state === ApplyState.APPLIED) this.#inForce.set(step.text, hashOf(step));
    else this.#inForce.delete(step.text);
    this.#results.push(
      create(ResourceResultSchema, {
        ref: step.ref,
        hash: step.kind === "upsert" ? step.resource.hash : new Uint8Array(0),
        state: ended.state,
        message: ended.message,
        uid: ended.uid,
        resourceVersion: ended.resourceVersion,
        observedAtMs: BigInt(this.#options.clock.now()),
      }),
    );
  }

  #holdBack(stages: readonly Stage[], blocked: Step): void {
    const { kind, namespace, name } = blocked.ref;
    const message = `waits for ${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
    for (const step of stages.flatMap((stage) => stage.steps)) {
      if (!this.#todo.has(step.text) || this.#outcomes.get(step.text)?.message === message) continue;
      // Only its place in the plan changed: what is wanted of it is in force already.
      if (step.kind === "upsert" && this.#inForce.get(step.text) === hashOf(step)) continue;
      this.#note(step, outcome(ApplyState.PENDING, { message, retry: "soon" }));
    }
  }

  #retryOf(stage: Stage): "soon" | "slowly" | undefined {
    const retries = stage.steps.map((step) => this.#outcomes.get(step.text)?.retry);
    return retries.includes("soon") ? "soon" : retries.includes("slowly") ? "slowly" : undefined;
  }

  #isReadOnly(step: Step): boolean {
    return this.#options.readOnly() && step.ref.apiVersion === "projectcalico.org/v3";
  }

  #forget(text: string): void {
    this.#outcomes.delete(text);
    this.#inForce.delete(text);
    this.#todo.delete(text);
  }

  async #sleep(delayMs: number | undefined, signal: AbortSignal): Promise<void> {
    const waking = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = () => {
        waking.abort();
        resolve();
      };
      signal.addEventListener("abort", this.#wake, { once: true });
    });
    const timer =
      delayMs === undefined ? woken : this.#options.clock.sleep(delayMs, waking.signal).catch(() => undefined);
    await Promise.race([woken, timer]);
    signal.removeEventListener("abort", this.#wake);
    waking.abort();
    this.#wake = () => undefined;
  }
}

const hashOf = (step: Step): string => (step.kind === "upsert" ? Buffer.from(step.resource.hash).toString("hex") : "");

function looksApplied(step: Extract<Step, { kind: "upsert" }>, object: KubeObject, uid: string): boolean {
  const hash = Buffer.from(step.resource.hash).toString("hex");
  // INVARIANT: a step that was applied has a manifest that parses.
  const manifest = JSON.parse(Buffer.from(step.resource.body).toString("utf8")) as KubeObject;
  const wanted = { manifest, hash, knownUid: uid, clusterId: "", occasion: "check" } as const;
  return decideWanted(wanted, object).kind === "applied";
}
