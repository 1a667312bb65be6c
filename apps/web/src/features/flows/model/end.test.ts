import type { FlowEnd } from "@isthmus/flow-store";
import { expect, test } from "vitest";
import { endText, hiddenEnd, hiddenKind, isHiddenEnd } from "./end";

const end: FlowEnd = {
  clusterId: null,
  namespace: "",
  workloadKind: hiddenKind,
  workloadName: "",
  name: "",
  type: "unknown",
  labels: [],
  resolution: "unresolved",
};

test("an end outside the person's scope is named as that, with the reason", () => {
  expect(isHiddenEnd(end)).toBe(true);
  expect(endText(end)).toEqual({ place: "", name: "outside your scope", full: hiddenEnd.why });
});

test("an end that the evidence does not name is another thing", () => {
  expect(isHiddenEnd({ workloadKind: "" })).toBe(false);
  expect(endText({ ...end, workloadKind: "" }).name).toBe("not named");
});

test.each([
  { name: "pvt", type: "network" as const, why: "which address it was is not in the evidence" },
  { name: "partners", type: "network-set" as const, why: "whose workloads it holds is not known here" },
  { name: "isthmus-0a1b2c3d4e-0", type: "network-set" as const, why: "no longer on record for whom" },
  { name: "x", type: "unknown" as const, why: "the cluster did not say" },
])("an end that is not resolved says why: $name", ({ name, type, why }) => {
  expect(endText({ ...end, workloadKind: "", name, type }).full).toContain(why);
});

test("an end that is resolved needs no reason", () => {
  const published = { ...end, workloadKind: "Deployment", workloadName: "cart", type: "network-set" as const };
  expect(endText({ ...published, name: "isthmus-0a1b2c3d4e-0", resolution: "published" }).full).toBe(
    "Deployment cart, seen as isthmus-0a1b2c3d4e-0",
  );
});
