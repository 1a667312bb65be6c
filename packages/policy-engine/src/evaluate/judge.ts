import type { Direction } from "../model/policy";
import { applyingTo, type View } from "./applying";
import type { Endpoint, NodeEndpoint, WorkloadEndpoint } from "./endpoint";
import { hooksOf, walkHost, type PacketRoute } from "./host-walk";
import type { Packet } from "./packet";
import type { EndpointVerdict, JudgedVerdict, TraceStep, Verdict } from "./trace";
import { walkProfiles, walkTiers, type Walk } from "./walk";
import { maySpeakIn } from "./read-manifests";
import type { World } from "./world";

/** A packet at the endpoint whose policies are asked. */
export interface Occasion {
  readonly endpoint: Endpoint;
  readonly direction: Direction;
  readonly packet: Packet;
  /** At a host endpoint: whether it comes from or goes to the host itself (absent), or passes through it. */
  readonly route?: PacketRoute;
  /** At a host endpoint: the packet before addresses were translated, if they were. */
  readonly beforeDnat?: Packet;
}

type WorkloadOccasion = Occasion & { readonly endpoint: WorkloadEndpoint };
type HostOccasion = Occasion & { readonly endpoint: NodeEndpoint };

function unreadableAt(world: World, { namespace }: Endpoint): TraceStep | undefined {
  const found = world.unreadable.find((unreadable) => maySpeakIn(unreadable, namespace));
  if (!found) return undefined;
  const { kind, namespace: of, name } = found.ref;
  const reason = `${kind} ${of === "" ? name : `${of}/${name}`} could not be read: ${found.reason}`;
  return { kind: "unknown", reason };
}

/** Whether the other end is the pod's own node, which Calico does not police (felix rules/static.go, filterOutputChain). */
function ownNode(world: World, { endpoint, direction, packet }: WorkloadOccasion): string | undefined {
  if (endpoint.node === undefined) return undefined;
  const node = world.nodes.nodeAt(direction === "ingress" ? packet.source : packet.destination);
  return node === endpoint.node ? node : undefined;
}

/** Felix' DefaultEndpointToHostAction has the last word on what a pod says to its own node. */
function toOwnNode(walk: Walk): Verdict {
  const action = walk.world.settings.endpointToHost;
  walk.trace.push({ kind: "endpoint-to-host", action });
  return action === "Drop" ? "deny" : "allow";
}

function walkWorkload(world: World, occasion: WorkloadOccasion, walk: Walk): Verdict {
  const node = ownNode(world, occasion);
  if (node !== undefined && occasion.direction === "ingress") {
    walk.trace.push({ kind: "own-node", node });
    return "allow";
  }
  const outcome = walkTiers(walk, applyingTo(world, occasion.endpoint, walk)[walk.view]);
  const verdict = outcome === "pass" ? walkProfiles(walk) : outcome;
  return node !== undefined && verdict === "allow" ? toOwnNode(walk) : verdict;
}

const isHost = (occasion: Occasion): occasion is HostOccasion => occasion.endpoint.kind === "host";

function judge(world: World, occasion: Occasion, view: View): JudgedVerdict {
  const { endpoint, direction, packet } = occasion;
  const trace: TraceStep[] = [];
  const unreadable = unreadableAt(world, endpoint);
  if (unreadable) return { verdict: "unknown", trace: [unreadable] };
  const walk: Walk = { world, endpoint, direction, packet, hook: "normal", view, trace };
  const verdict = isHost(occasion) ? walkHost(walk, occasion) : walkWorkload(world, occasion as WorkloadOccasion, walk);
  return { verdict, trace };
}

function anyStaged(world: World, { endpoint, direction, route }: Occasion): boolean {
  const hooks = endpoint.kind === "host" ? hooksOf({ endpoint, direction }, route ?? "local") : (["normal"] as const);
  return hooks.some((hook) => applyingTo(world, endpoint, { direction, hook }).staged);
}

/** What the policies of a cluster say about a packet at one of its endpoints, enforced and pending, with the trace. */
export function judgeEndpoint(world: World, occasion: Occasion): EndpointVerdict {
  const now = judge(world, occasion, "enforced");
  const later = anyStaged(world, occasion) ? judge(world, occasion, "pending") : now;
  return { direction: occasion.direction, ...now, pending: later };
}
