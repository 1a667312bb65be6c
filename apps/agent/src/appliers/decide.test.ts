import type { KubeObject } from "@isthmus/k8s";
import { describe, expect, it } from "vitest";
import { decideUnwanted, decideWanted, type Occasion } from "./decide";
import { withOwnership } from "./ownership";

const manifest: KubeObject = {
  apiVersion: "projectcalico.org/v3",
  kind: "GlobalNetworkPolicy",
  metadata: { name: "t.p" },
  spec: { tier: "t", order: 1, selector: "all()", ingress: [{ action: "Allow", protocol: "TCP" }] },
};
const HASH = "aa";
const CLUSTER = "c1";
/** As we write it; made for another cluster unless one is given. */
const ours = (
  change: Record<string, unknown> = {},
  meta: Record<string, unknown> = {},
  { hash = HASH, clusterId = "c0" } = {},
): KubeObject => {
  const object = withOwnership(manifest, { hash, clusterId });
  return {
    ...object,
    spec: { ...(object["spec"] as object), types: ["Ingress"], ...change },
    metadata: { ...object.metadata, uid: "u1", resourceVersion: "7", ...meta },
  };
};
const foreign: KubeObject = { ...manifest, metadata: { name: "t.p", uid: "u9", resourceVersion: "3" } };

describe("decideWanted", () => {
  const rows: {
    name: string;
    observed: KubeObject | undefined;
    knownUid?: string;
    occasion?: Occasion;
    expected: string;
    message?: string;
  }[] = [
    { name: "nothing there, never made", observed: undefined, expected: "create" },
    { name: "nothing there, asked again", observed: undefined, knownUid: "u1", expected: "create" },
    {
      name: "nothing there, somebody removed it",
      observed: undefined,
      knownUid: "u1",
      occasion: "check",
      expected: "drifted",
      message: "removed",
    },
    { name: "as it should be", observed: ours(), knownUid: "u1", expected: "applied" },
    { name: "as it should be, on a check", observed: ours(), knownUid: "u1", occasion: "check", expected: "applied" },
    { name: "without our label", observed: foreign, expected: "not-ours", message: "left alone" },
    {
      name: "without our label, though its UID is on record",
      observed: { ...foreign, metadata: { ...foreign.metadata, uid: "u1" } },
      knownUid: "u1",
      expected: "not-ours",
    },
    {
      name: "our label on another's object",
      observed: ours({}, { uid: "u2" }),
      knownUid: "u1",
      expected: "not-ours",
      message: "u2",
    },
    { name: "made by us the moment before a crash", observed: ours(), expected: "applied" },
    {
      name: "our label, no record, other content",
      observed: ours({ order: 2 }),
      expected: "not-ours",
      message: "no record",
    },
    {
      name: "our label, no record, made from another manifest",
      observed: ours({}, {}, { hash: "bb" }),
      expected: "not-ours",
    },
    {
      name: "made here from another manifest the moment before a crash",
      observed: ours({ order: 2 }, {}, { hash: "bb", clusterId: CLUSTER }),
      expected: "update",
    },
    {
      name: "made here, on record under another UID",
      observed: ours({}, { uid: "u2" }, { clusterId: CLUSTER }),
      knownUid: "u1",
      expected: "not-ours",
    },
    {
      name: "named as made here, without our label",
      observed: { ...foreign, metadata: { ...foreign.metadata, annotations: { "isthmus.io/cluster": CLUSTER } } },
      expected: "not-ours",
    },
    {
      name: "changed by somebody, on a check",
      observed: ours({ order: 2 }),
      knownUid: "u1",
      occasion: "check",
      expected: "drifted",
      message: "spec.order",
    },
    { name: "changed by somebody, asked again", observed: ours({ order: 2 }), knownUid: "u1", expected: "update" },
    {
      name: "of an older revision, even on a check",
      observed: ours({ order: 2 }, {}, { hash: "bb" }),
      knownUid: "u1",
      occasion: "check",
      expected: "update",
    },
    {
      name: "being deleted",
      observed: ours({}, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      knownUid: "u1",
      expected: "wait",
    },
  ];
  it.each(rows)("$name", ({ observed, knownUid, occasion, expected, message }) => {
    const decision = decideWanted(
      { manifest, hash: HASH, knownUid: knownUid ?? "", clusterId: CLUSTER, occasion: occasion ?? "apply" },
      observed,
    );
    expect(decision.kind).toBe(expected);
    expect("message" in decision ? decision.message : "").toContain(message ?? "");
  });
});

describe("decideUnwanted", () => {
  const rows = [
    { name: "gone already", observed: undefined, knownUid: "u1", expected: "removed" },
    { name: "ours", observed: ours(), knownUid: "u1", expected: "delete" },
    { name: "another's object took the name", observed: ours({}, { uid: "u2" }), knownUid: "u1", expected: "removed" },
    { name: "without our label", observed: foreign, knownUid: "u9", expected: "not-ours" },
    { name: "our label, no record", observed: ours(), knownUid: "", expected: "not-ours" },
    {
      name: "made here the moment before a crash",
      observed: ours({}, {}, { clusterId: CLUSTER }),
      knownUid: "",
      expected: "delete",
    },
    {
      name: "held by a finalizer",
      observed: ours({}, { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      knownUid: "u1",
      expected: "wait",
    },
  ];
  it.each(rows)("$name", ({ observed, knownUid, expected }) => {
    expect(decideUnwanted({ knownUid, clusterId: CLUSTER }, observed).kind).toBe(expected);
  });
});
