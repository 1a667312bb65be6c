import type { KubeObject } from "@isthmus/k8s";
import { describe, expect, it } from "vitest";
import { UNSEEN_INCARNATION, incarnationOf, isGoldmane } from "./incarnation";

const pod = (uid: string, restartCount: number, startedAt?: string, phase = "Running"): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: uid, uid, creationTimestamp: "2026-01-01T00:00:00Z", labels: { "k8s-app": "goldmane" } },
  status: {
    phase,
    containerStatuses: [{ name: "goldmane", restartCount, ...(startedAt && { state: { running: { startedAt } } }) }],
  },
});

describe("incarnationOf", () => {
  const rows = [
    { name: "no pod", pods: [], expected: UNSEEN_INCARNATION },
    { name: "a pod that is starting", pods: [pod("a", 0, undefined, "Pending")], expected: UNSEEN_INCARNATION },
    {
      name: "its pod and restarts",
      pods: [pod("a", 2, "2026-01-02T00:00:00Z")],
      expected: { id: "a-2", startedAt: 1767312000 },
    },
    {
      name: "creation where the container does not say",
      pods: [pod("a", 0)],
      expected: { id: "a-0", startedAt: 1767225600 },
    },
    {
      name: "the newest of two",
      pods: [pod("a", 0, "2026-01-02T00:00:00Z"), pod("b", 0, "2026-01-03T00:00:00Z")],
      expected: { id: "b-0", startedAt: 1767398400 },
    },
  ];
  it.each(rows)("$name", ({ pods, expected }) => expect(incarnationOf(pods)).toEqual(expected));

  it("knows Goldmane by its label", () => {
    expect(isGoldmane(pod("a", 0))).toBe(true);
    expect(isGoldmane({ ...pod("a", 0), metadata: { name: "a", labels: { "k8s-app": "whisker" } } })).toBe(false);
  });
});
