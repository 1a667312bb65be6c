import type { Check, Judgement } from "../finding";
import type { CertificateSeen, GoldmaneProbe, GoldmaneSeen, Observation } from "../observation";
import { unread } from "../read";

const DAY_MS = 86_400_000;
const EXPIRES_SOON_MS = 7 * DAY_MS;
const NOT_ASKED: Judgement = {
  state: "not-applicable",
  seen: "the agent was told not to ask Goldmane (--goldmane is empty)",
};
const ENABLE =
  "kubectl apply -f - <<'END'\napiVersion: operator.tigera.io/v1\nkind: Goldmane\nmetadata:\n  name: default\nEND";

function judgeInstalled({ address, deployment, service, probe }: GoldmaneSeen): Judgement {
  if (address === "") return NOT_ASKED;
  if (deployment.kind === "absent" && service.kind === "absent" && probe.kind === "answered") {
    return { state: "ok", seen: `none in calico-system, but one answers at ${address}` };
  }
  if (deployment.kind === "absent") {
    const advice = "turn Goldmane on: Calico's operator runs it (3.30 and later); without it there are no flows";
    return { state: "failing", seen: "there is no Deployment calico-system/goldmane", advice, remedy: ENABLE };
  }
  if (deployment.kind !== "read") return unread(deployment);
  const { ready, wanted } = deployment.value;
  if (ready === 0) {
    const advice = "see why its pod is not ready";
    const remedy = "kubectl -n calico-system describe pods -l k8s-app=goldmane";
    return { state: "failing", seen: `Deployment calico-system/goldmane has 0 of ${wanted} ready`, advice, remedy };
  }
  if (service.kind === "absent") {
    const advice = "its operator makes the Service: see the operator's log";
    return { state: "failing", seen: "there is no Service calico-system/goldmane", advice };
  }
  return { state: "ok", seen: `Deployment calico-system/goldmane, ${ready} of ${wanted} ready` };
}

const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function judgeCertificate(seen: CertificateSeen, nowMs: number): Judgement {
  if (seen.kind === "not-looked") return NOT_ASKED;
  if (seen.kind === "unusable") {
    const advice =
      "name a Secret in calico-system that holds a client pair (--goldmane-tls-secret), for example whisker-backend-key-pair, and let the agent read it by applying its manifest again";
    return { state: "failing", seen: seen.why, advice };
  }
  const { subject, issuer, notAfterMs, keyMatches, ofTrustedAuthority } = seen.certificate;
  const what = `${subject}, signed by ${issuer}, valid until ${dateOf(notAfterMs)}`;
  if (!keyMatches)
    return {
      state: "failing",
      seen: `${what}; tls.key is not its key`,
      advice: "let the operator make the Secret again: delete it, and it comes back",
    };
  if (notAfterMs <= nowMs) {
    const advice = "its operator renews it: see the operator's log, or delete the Secret so that it is made again";
    return { state: "failing", seen: `${what}: expired`, advice };
  }
  if (!ofTrustedAuthority) {
    const advice =
      "name a client pair of the same authority that signs Goldmane's certificate: Goldmane accepts no other";
    return { state: "warning", seen: `${what}; that authority is not in the bundle that was named`, advice };
  }
  if (notAfterMs - nowMs < EXPIRES_SOON_MS) {
    return { state: "warning", seen: what, advice: "see that its operator renews it in time" };
  }
  return { state: "ok", seen: what };
}

const STOPPED_AT: Readonly<Record<Extract<GoldmaneProbe, { kind: "stopped" }>["at"], string>> = {
  name: "see that the Service exists and that the agent's pod resolves names of the cluster; from outside, forward its port and name that in --goldmane",
  connection: "see that a network policy lets the namespace isthmus reach calico-system on TCP 7443",
  tls: "the client pair, the authority and the server name are arguments of the agent: apply its manifest again",
  call: "see Goldmane's log: `kubectl -n calico-system logs deploy/goldmane`",
};

function judgeReachable({ address, probe }: GoldmaneSeen): Judgement {
  if (address === "") return NOT_ASKED;
  switch (probe.kind) {
    case "not-tried":
      return { state: "unknown", seen: `not tried: ${probe.why}` };
    case "answered":
      return { state: "ok", seen: `${address} answers, with ${probe.flows} flows of the last two minutes` };
    case "stopped":
      return { state: "failing", seen: `${address}: ${probe.why}`, advice: STOPPED_AT[probe.at] };
  }
}

export const GOLDMANE_CHECKS: readonly Check<Observation>[] = [
  {
    id: "goldmane.installed",
    group: "goldmane",
    title: "Goldmane runs",
    judge: ({ goldmane }) => judgeInstalled(goldmane),
  },
  {
    id: "goldmane.certificate",
    group: "goldmane",
    title: "Client certificate for Goldmane",
    judge: ({ goldmane, nowMs }) => judgeCertificate(goldmane.certificate, nowMs),
  },
  {
    id: "goldmane.reachable",
    group: "goldmane",
    title: "Goldmane answers",
    judge: ({ goldmane }) => judgeReachable(goldmane),
  },
];
