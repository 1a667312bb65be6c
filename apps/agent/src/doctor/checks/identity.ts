import type { Check, Judgement } from "../finding";
import type { IdentitySeen, Observation } from "../observation";
import { unread } from "../read";

const ENROL_AGAIN =
  'on the cluster\'s page make a new grant ("Enrol again") and apply the manifest that it shows: it brings a new one';

function judge({ stored, grantId, grantReadable, secret }: IdentitySeen, nowMs: number): Judgement {
  if (stored.kind === "forbidden" || stored.kind === "failed") return unread(stored);
  const held = stored.kind === "read" ? stored.value : ({ kind: "empty" } as const);
  switch (held.kind) {
    case "broken":
      return { state: "failing", seen: `Secret ${secret}: ${held.why}`, advice: ENROL_AGAIN };
    case "credential":
      return judgeCredential(held, nowMs);
    case "key-alone":
    case "empty":
      if (grantId !== "" && grantReadable) {
        const seen = `no credential yet; grant ${grantId} is there to be redeemed`;
        return { state: "warning", seen, advice: "the agent redeems it when it reaches a gateway: see below" };
      }
      return { state: "failing", seen: "there is no credential, and no grant that can be read", advice: ENROL_AGAIN };
  }
}

function judgeCredential(
  { id, issuedAtMs, expiresAtMs }: { readonly id: string; readonly issuedAtMs: number; readonly expiresAtMs: number },
  nowMs: number,
): Judgement {
  const seen = `credential ${id}, valid until ${new Date(expiresAtMs).toISOString().slice(0, 16)}Z`;
  if (expiresAtMs <= nowMs) return { state: "failing", seen: `${seen}: expired`, advice: ENROL_AGAIN };
  // Renewal is asked for from half-life on.
  if (nowMs > issuedAtMs + (expiresAtMs - issuedAtMs) * 0.75) {
    return {
      state: "warning",
      seen,
      advice: "it should have been renewed at half-life: see whether a gateway answers",
    };
  }
  return { state: "ok", seen };
}

export const IDENTITY_CHECKS: readonly Check<Observation>[] = [
  {
    id: "identity.credential",
    group: "identity",
    title: "The agent's credential",
    judge: ({ identity, nowMs }) => judge(identity, nowMs),
  },
];
