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
