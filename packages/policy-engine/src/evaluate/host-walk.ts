import type { Direction } from "../model/policy";
import { applyingTo, type ApplyingTier } from "./applying";
import type { Endpoint } from "./endpoint";
import { matchFailsafe } from "./felix-settings";
import type { PolicyHook } from "./hook";
import type { Packet } from "./packet";
import type { Verdict } from "./trace";
import { walkProfiles, walkTiers, type Walk } from "./walk";

const ALL_INTERFACES = "*";

/** How a packet passes a host endpoint: it comes from or goes to the host itself, or is forwarded through it. */
export type PacketRoute = "local" | "forwarded";

/**
 * The hooks that a packet meets, in order (Calico, felix rules/static.go): what comes in is asked before tracking and
 * before address translation; what the host itself sends out before tracking; what is forwarded out only as it leaves. A
 * host endpoint of all interfaces has no untracked policies (felix endpoint_mgr.go, updateHostEndpoints).
 */
export function hooksOf(
  { endpoint, direction }: { readonly endpoint: Endpoint; readonly direction: Direction },
  route: PacketRoute,
): readonly PolicyHook[] {
  const last = route === "local" ? "normal" : "forward";
  const everyInterface = endpoint.kind === "host" && endpoint.interfaceName === ALL_INTERFACES;
  const early = everyInterface ? [] : (["untracked"] as const);
  if (direction === "ingress") return [...early, "pre-dnat", last];
  return route === "local" ? [...early, last] : [last];
}

/** What a hook made of a packet: `open` goes on to the next. */
type HookOutcome = Verdict | "open";

/** Failsafe ports are looked at before the policies, but not of what is forwarded. */
function walkFailsafe(walk: Walk): HookOutcome | "none" {
  const { world, direction, packet, hook, trace } = walk;
  if (hook === "forward") return "none";
  const match = matchFailsafe(world.settings, { direction, packet, withReplies: hook === "untracked" });
  if (match === "no-match") return "none";
  if (match === "port-unknown") {
    trace.push({ kind: "unknown", reason: "whether it is for a failsafe port is not known" });
    return "unknown";
  }
  trace.push({ kind: "failsafe", hook });
  return hook === "normal" ? "allow" : "open";
}

/** What policies and profiles make of a packet that no failsafe port lets through. */
function walkPolicies(walk: Walk, tiers: readonly ApplyingTier[]): HookOutcome {
  const { hook, trace } = walk;
  const outcome = walkTiers(walk, tiers);
  if (outcome !== "pass") return outcome;
  if (hook === "normal") return walkProfiles(walk);
  trace.push({ kind: "hook-left-open", hook, why: anyPolicy(tiers) ? "passed" : "no-policies" });
  return "open";
}

const anyPolicy = (tiers: readonly ApplyingTier[]): boolean => tiers.some(({ policies }) => policies.length > 0);

/** Where nothing could be denied, failsafe ports let nothing past, and what of a packet is not known does not matter. */
function walkHook(walk: Walk): HookOutcome {
  const { world, endpoint, hook, view, trace } = walk;
  trace.push({ kind: "hook-entered", hook });
  const tiers = applyingTo(world, endpoint, walk)[view];
  const failsafe = hook === "normal" || anyPolicy(tiers) ? walkFailsafe(walk) : "none";
  return failsafe === "none" ? walkPolicies(walk, tiers) : failsafe;
}

/** What a packet may be before and after its addresses are translated, and how it passes. */
export interface HostPassage {
  readonly route?: PacketRoute;
  readonly beforeDnat?: Packet;
}

/**
 * A packet through the hooks of a host endpoint, in order. The first to allow or deny decides: what is accepted before
 * tracking or translation is not asked again at this interface. What no hook decides is forwarded: Calico leaves it to
 * the host (felix rules/endpoints.go, "allow forwarded traffic by default").
 */
export function walkHost(walk: Walk, { route = "local", beforeDnat }: HostPassage): Verdict {
  for (const hook of hooksOf(walk, route)) {
    const early = hook === "untracked" || hook === "pre-dnat";
    const outcome = walkHook({ ...walk, hook, packet: early ? (beforeDnat ?? walk.packet) : walk.packet });
    if (outcome !== "open") return outcome;
  }
  return "allow";
}
