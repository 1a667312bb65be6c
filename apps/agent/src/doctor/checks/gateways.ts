import type { Check, Judgement } from "../finding";
import type { GatewaySeen } from "../observation";

type Stage = Extract<GatewaySeen["outcome"], { kind: "stopped" }>["at"];

const ADVICE: Readonly<Record<Stage, string>> = {
  name: "see that the name is spelt as the web application shows it, and that the cluster's DNS resolves it",
  connection:
    "let the agent's pod reach that address: a firewall, a network policy for egress, or a proxy that must be named",
  proxy:
    "let the proxy open connections to that address (CONNECT), or name another in HTTPS_PROXY; NO_PROXY goes around it",
  tls: "give the authority that signed what was shown as caBundle and apply the manifest again; if a proxy opens TLS, give its authority",
  upgrade: "let the load balancer or proxy pass WebSocket upgrades on /v1/agent to the gateway",
};

function judge({ url, proxy, outcome }: GatewaySeen): Judgement {
  const via = proxy === "" ? "" : ` through ${proxy}`;
  if (outcome.kind === "stopped")
    return { state: "failing", seen: `${url}${via}: ${outcome.why}`, advice: ADVICE[outcome.at] };
  const tls = outcome.certificate === "" ? "without TLS" : outcome.certificate;
  const seen = `${url}${via}: WebSocket open in ${outcome.connectMs} ms, ${tls}`;
  return { state: "ok", seen };
}

/** The check of one gateway. */
export const GATEWAY_CHECK: Check<GatewaySeen> = {
  id: "gateway.reachable",
  group: "gateway",
  title: "Gateway answers",
  judge,
};
