import { ADDRESS_CHECKS } from "./checks/addresses";
import { AGENT_CHECKS } from "./checks/agent";
import { CALICO_CHECKS } from "./checks/calico";
import { CLOCK_CHECKS } from "./checks/clock";
import { CLUSTER_CHECKS } from "./checks/cluster";
import { GATEWAY_CHECK } from "./checks/gateways";
import { GOLDMANE_CHECKS } from "./checks/goldmane";
import { IDENTITY_CHECKS } from "./checks/identity";
import { PERMISSION_CHECKS } from "./checks/permissions";
import { findingOf, type Finding } from "./finding";
import type { Observation } from "./observation";

const CHECKS = [
  ...CLUSTER_CHECKS,
  ...CALICO_CHECKS,
  ...GOLDMANE_CHECKS,
  ...PERMISSION_CHECKS,
  ...IDENTITY_CHECKS,
  ...CLOCK_CHECKS,
  ...ADDRESS_CHECKS,
  ...AGENT_CHECKS,
];

const NO_GATEWAY: Finding = {
  ...findingOf(
    { ...GATEWAY_CHECK, judge: () => ({ state: "not-applicable", seen: "no gateway was named" }) },
    undefined,
  ),
  advice: "name the gateways in --gateway to have the way to them looked at",
};

/** What every check finds in what was seen; one finding a gateway. */
export function judge(seen: Observation): readonly Finding[] {
  const gateways = seen.gateways.map((gateway) => ({
    ...findingOf(GATEWAY_CHECK, gateway),
    id: `${GATEWAY_CHECK.id}:${gateway.url}`,
  }));
  const all = CHECKS.map((check) => findingOf(check, seen));
  return [...all, ...(gateways.length === 0 ? [NO_GATEWAY] : gateways)];
}
