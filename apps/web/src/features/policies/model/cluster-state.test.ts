import { describe, expect, it } from "vitest";
import { policyClusterState, type ClusterStateInput, type ObjectState } from "./cluster-state";

type Reported = NonNullable<ObjectState["reported"]>;
const T = 1_000_000;
const reported = (state: Reported["state"], hash = "h1", message = ""): Reported => ({
  state,
  hash,
  message,
  observedAt: T,
});
const object = (change: Partial<ObjectState> = {}): ObjectState => ({
  kind: "NetworkPolicy",
  namespace: "boutique",
  name: "boutique.payment",
  desiredHash: "h1",
  revisionId: "r1",
  ...change,
});
const base: ClusterStateInput = { wantedRevisionId: "r1", objects: [object()], problems: [], readOnly: false };

describe("policyClusterState", () => {
  const rows: { name: string; change: Partial<ClusterStateInput>; state: string; was?: string }[] = [
    { name: "nothing reported yet", change: {}, state: "pending" },
    {
      name: "a newer agent's word",
      change: { objects: [object({ reported: reported("unknown") })] },
      state: "pending",
    },
    { name: "applied", change: { objects: [object({ reported: reported("applied") })] }, state: "applied" },
    {
      name: "what is applied is an older text",
      change: { objects: [object({ reported: reported("applied", "h0") })] },
      state: "pending",
    },
    {
      name: "the compiled objects still belong to an older revision",
      change: { objects: [object({ revisionId: "r0", reported: reported("applied") })] },
      state: "pending",
    },
    {
      name: "one of two objects failed",
      change: {
        objects: [object({ reported: reported("applied") }), object({ reported: reported("failed", "h1", "denied") })],
      },
      state: "failed",
    },
    {
      name: "failure of an older text is not shown as failure",
      change: { objects: [object({ reported: reported("failed", "h0") })] },
      state: "pending",
    },
    { name: "drifted", change: { objects: [object({ reported: reported("drifted") })] }, state: "drifted" },
    {
      name: "an object of that name is not ours",
      change: { objects: [object({ reported: reported("not-ours") })] },
      state: "not-ours",
    },
    { name: "read only", change: { readOnly: true, objects: [] }, state: "read-only" },
    {
      name: "the compiler refused",
      change: { objects: [], problems: [{ code: "too-many-rules", severity: "error", message: "1 300 rules" }] },
      state: "refused",
    },
    {
      name: "a warning does not change the state",
      change: {
        objects: [object({ reported: reported("applied") })],
        problems: [{ code: "peer-not-published", severity: "warning", message: "x" }],
      },
      state: "applied",
    },
    {
      name: "withdrawn, still there",
      change: {
        wantedRevisionId: undefined,
        objects: [{ ...object({ reported: reported("applied") }), desiredHash: undefined }],
      } as never,
      state: "removing",
    },
    {
      name: "withdrawn and gone",
      change: {
        wantedRevisionId: undefined,
        objects: [{ ...object({ reported: reported("removed") }), desiredHash: undefined }],
      } as never,
      state: "removed",
    },
    {
      name: "removed by us though wanted again",
      change: { objects: [object({ reported: reported("removed") })] },
      state: "pending",
    },
    {
      name: "unknown keeps what was",
      change: { objects: [object({ reported: reported("applied") })], unknownSince: T },
      state: "unknown",
      was: "applied",
    },
  ];
  it.each(rows)("$name", ({ change, state, was }) => {
    const result = policyClusterState({ ...base, ...change });
    expect(result.state).toBe(state);
    expect(result.was).toBe(was);
  });

  it("keeps the API server's own words", () => {
    const words = 'networkpolicies.projectcalico.org "x" is forbidden';
    expect(
      policyClusterState({ ...base, objects: [object({ reported: reported("failed", "h1", words) })] }).message,
    ).toBe(words);
  });

  it("shows warnings beside any state", () => {
    const warning = { code: "peer-not-published", severity: "warning" as const, message: "x" };
    expect(policyClusterState({ ...base, problems: [warning] }).warnings).toEqual([warning]);
  });
});
