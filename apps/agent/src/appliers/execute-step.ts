import { ApplyState } from "@isthmus/protocol";
import {
  resourceKind,
  type GetObject,
  type KubeError,
  type KubeObject,
  type ObjectName,
  type ResourceKind,
  type WriteObjects,
} from "@isthmus/k8s";
import { ok, type Result } from "@isthmus/std";
import { decideUnwanted, decideWanted, type Decision, type Occasion } from "./decide";
import type { Step } from "./plan";
import { failure, outcome, type StepOutcome } from "./step-outcome";
import type { ResourceWriter } from "./write";

/** What executing a step needs. */
export interface StepContext {
  readonly api: GetObject & Pick<WriteObjects, "remove">;
  readonly writer: ResourceWriter;
  readonly occasion: Occasion;
  /** UID of the object that we made, as far as anybody remembers. */
  readonly knownUid: string;
  /** Isthmus's id of the cluster. */
  readonly clusterId: string;
}

/** Somebody else may write between our read and our write; then both are done again. */
const MAX_ROUNDS = 4;

/** Reads what is there, decides, and does it. */
export async function executeStep(step: Step, context: StepContext): Promise<StepOutcome> {
  const kind = resourceKind(step.ref.apiVersion, step.ref.kind);
  if (kind === undefined) {
    const message = `this agent does not know ${step.ref.apiVersion} ${step.ref.kind}; upgrade it`;
    return outcome(ApplyState.FAILED, { message });
  }
  const target = targetOf(step, kind);
  if (!target.ok) return outcome(ApplyState.FAILED, { message: target.error });
  let last: StepOutcome | undefined;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const observed = await observe(kind, target.value.name, context.api);
    if (!observed.ok) return failure(observed.error);
    const answer = await act(decide(target.value, context, observed.value), target.value, context);
    if (answer.kind === "done") return answer.outcome;
    last = failure(answer.error);
    if (answer.error.code !== "conflict" && answer.error.code !== "already-exists") return last;
  }
  return { ...(last ?? outcome(ApplyState.FAILED)), retry: "soon" };
}

interface Target {
  readonly kind: ResourceKind;
  readonly name: ObjectName;
  /** Undefined for a removal. */
  readonly manifest: KubeObject | undefined;
  readonly hash: string;
}

type Acted =
  { readonly kind: "done"; readonly outcome: StepOutcome } | { readonly kind: "refused"; readonly error: KubeError };

const done = (state: ApplyState, fields: Partial<Omit<StepOutcome, "state">> = {}): Acted => ({
  kind: "done",
  outcome: outcome(state, fields),
});

function targetOf(step: Step, kind: ResourceKind): Result<Target, string> {
  const name = { name: step.ref.name, ...(kind.namespaced ? { namespace: step.ref.namespace } : {}) };
  if (step.kind === "removal") return ok({ kind, name, manifest: undefined, hash: "" });
  try {
    // INVARIANT: the gateway sends manifests; the API server checks what is in them.
    const manifest = JSON.parse(Buffer.from(step.resource.body).toString("utf8")) as KubeObject;
    return ok({ kind, name, manifest, hash: Buffer.from(step.resource.hash).toString("hex") });
  } catch {
    return { ok: false, error: "the manifest is not JSON" };
  }
}

function decide(target: Target, context: StepContext, observed: KubeObject | undefined): Decision {
  const { knownUid, clusterId, occasion } = context;
  const { manifest, hash } = target;
  if (manifest === undefined) return decideUnwanted({ knownUid, clusterId }, observed);
  return decideWanted({ manifest, hash, knownUid, clusterId, occasion }, observed);
}

async function observe(
  kind: ResourceKind,
  name: ObjectName,
  api: GetObject,
): Promise<Result<KubeObject | undefined, KubeError>> {
  const answer = await api.get(kind, name);
  return !answer.ok && answer.error.code === "not-found" ? ok(undefined) : answer;
}

async function act(decision: Decision, target: Target, { api, writer, clusterId }: StepContext): Promise<Acted> {
  const { kind, name, manifest } = target;
  const ownership = { hash: target.hash, clusterId };
  switch (decision.kind) {
    case "create":
      return manifest === undefined
        ? done(ApplyState.REMOVED)
        : written(await writer.create(kind, manifest, ownership));
    case "update":
      if (manifest === undefined) return done(ApplyState.REMOVED);
      return written(await writer.update({ kind, manifest, ownership, observed: decision.observed }));
    case "delete": {
      const answer = await api.remove(kind, name, decision.uid);
      if (answer.ok || answer.error.code === "not-found") return done(ApplyState.REMOVED, { uid: decision.uid });
      return { kind: "refused", error: answer.error };
    }
    case "wait":
      return done(ApplyState.PENDING, { message: decision.message, retry: "soon" });
    case "applied":
      return done(ApplyState.APPLIED, { uid: decision.uid, resourceVersion: decision.resourceVersion });
    case "drifted":
      return done(ApplyState.DRIFTED, { uid: decision.uid, message: decision.message });
    case "not-ours":
      return done(ApplyState.NOT_OURS, { message: decision.message });
    case "removed":
      return done(ApplyState.REMOVED);
  }
}

function written(answer: Result<KubeObject, KubeError>): Acted {
  if (!answer.ok) return { kind: "refused", error: answer.error };
  const { uid = "", resourceVersion = "" } = answer.value.metadata;
  return done(ApplyState.APPLIED, { uid, resourceVersion });
}
