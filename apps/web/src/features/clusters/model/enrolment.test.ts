import { describe, expect, it } from "vitest";
import { enrolmentSteps, grantState, refusalAdvice, type EnrolmentInput } from "./enrolment";

const T = 1_000_000;
const grant = { createdAt: T, expiresAt: T + 1_000, redemptionsAllowed: 1, redemptionsUsed: 0 };
const session = { connectedAt: T, lastHeardAt: T + 100, syncDone: 0, syncTotal: 0, remoteAddress: "10.0.0.9" };
const facts = {
  kubernetesVersion: "1.34.2",
  calicoVersion: "3.31.2",
  calicoApi: "projectcalico.org/v3",
  podCidrs: [],
  serviceCidrs: [],
  goldmane: "connected",
  missingPermissions: [],
};
const states = (input: Partial<EnrolmentInput>, now = T + 200): string =>
  enrolmentSteps({ refusals: [], ...input }, now)
    .map((step) => `${step.id}:${step.state}`)
    .join(" ");

describe("grantState", () => {
  it.each([
    { name: "open", change: {}, now: T, expected: "open" },
    { name: "the last moment", change: {}, now: T + 999, expected: "open" },
    { name: "expired", change: {}, now: T + 1_000, expected: "expired" },
    { name: "used up", change: { redemptionsUsed: 1 }, now: T, expected: "used" },
    { name: "used up and over is used", change: { redemptionsUsed: 1 }, now: T + 5_000, expected: "used" },
    { name: "revoked before all", change: { redemptionsUsed: 1, revokedAt: T }, now: T, expected: "revoked" },
  ])("$name", ({ change, now, expected }) => {
    expect(grantState({ ...grant, ...change }, now)).toBe(expected);
  });
});

describe("enrolmentSteps", () => {
  it("waits on the agent first", () => {
    expect(states({ grant })).toBe(
      "dialled:active proved:waiting pinned:waiting permissions:waiting first-sync:waiting connected:waiting",
    );
  });
  it("waits on the person where the grant asks for approval, and names the UID to compare", () => {
    const waiting = { at: T, remoteAddress: "10.0.0.9", clusterUid: "uid-7" };
    expect(states({ grant, waiting })).toBe(
      "dialled:done proved:active pinned:waiting permissions:waiting first-sync:waiting connected:waiting",
    );
    const [dialled, proved] = enrolmentSteps({ refusals: [], grant, waiting }, T);
    expect([dialled?.title, proved?.detail]).toEqual([
      "Dialled home from 10.0.0.9",
      "kube-system UID uid-7: approve it under Enrolment, and it enters by itself",
    ]);
  });
  it("has one active step while the agent says what it may do", () => {
    expect(states({ grant, session, kubeSystemUid: "u" })).toBe(
      "dialled:done proved:done pinned:done permissions:active first-sync:waiting connected:waiting",
    );
  });
  it("counts the first sync and does not yet say connected", () => {
    const input = { grant, session: { ...session, syncDone: 3, syncTotal: 9 }, kubeSystemUid: "u", facts };
    expect(states(input)).toBe(
      "dialled:done proved:done pinned:done permissions:done first-sync:active connected:waiting",
    );
    expect(enrolmentSteps({ refusals: [], ...input }, T)[4]?.progress).toEqual({ done: 3, total: 9 });
  });
  it("is connected when the first sync is whole", () => {
    const input = {
      session: { ...session, syncDone: 9, syncTotal: 9 },
      kubeSystemUid: "u",
      facts,
      firstSyncedAt: T + 50,
    };
    expect(states(input)).toMatch(/first-sync:done connected:done$/);
  });
  it("does not show a lost link as connected", () => {
    const input = { session: { ...session, endedAt: T + 120 }, kubeSystemUid: "u", facts, firstSyncedAt: T + 50 };
    expect(states(input)).toMatch(/first-sync:done connected:problem$/);
  });
  it("names permissions that are missing", () => {
    const input = { session, kubeSystemUid: "u", facts: { ...facts, missingPermissions: ["list v1 pods"] } };
    expect(enrolmentSteps({ refusals: [], ...input }, T)[3]).toMatchObject({
      state: "problem",
      title: "May not list v1 pods",
    });
  });
});

it("keeps the gateway's own words for a refusal it has no advice for", () => {
  expect(refusalAdvice({ at: T, code: "strange", message: "the moon is full" })).toBe("the moon is full");
});
