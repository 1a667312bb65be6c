import type { ReadSettings } from "../evaluate/felix-settings";
import type { PolicyHook } from "../evaluate/hook";
import type { Direction, EntityRule, Rule } from "../model/rule";
import { planOf, type RulesPlan } from "./rule-end";

type Failsafe = ReadSettings["failsafe"][Direction][number];

const ANY: EntityRule = { nets: [], notNets: [], ports: [], notPorts: [], domains: [] };

const ruleOf = (protocol: number, ends: Pick<Rule, "source" | "destination">): Rule => ({
  action: "Allow",
  protocol,
  ...ends,
  annotations: {},
  unknown: [],
});

/** A connection to a failsafe port; a net narrows the other end. */
function toPort({ protocol, port, net }: Failsafe, direction: Direction): Rule {
  const [nets, ports] = [net ? [net] : [], [{ kind: "range", from: port, to: port } as const]];
  if (direction === "ingress") return ruleOf(protocol, { source: { ...ANY, nets }, destination: { ...ANY, ports } });
  return ruleOf(protocol, { source: ANY, destination: { ...ANY, nets, ports } });
}

/** A reply to a connection to a failsafe port of the other direction. */
const fromPort = ({ protocol, port, net }: Failsafe): Rule =>
  ruleOf(protocol, {
    source: { ...ANY, nets: net ? [net] : [], ports: [{ kind: "range", from: port, to: port }] },
    destination: ANY,
  });

type Ruled = Readonly<Record<Direction, readonly Rule[]>>;

/** The failsafe ports of a cluster as rules, which replies match too before connections are tracked. */
interface FailsafeRules {
  readonly plain: Ruled;
  readonly withReplies: Ruled;
}

const made = new WeakMap<ReadSettings, FailsafeRules>();

function rulesOf(settings: ReadSettings): FailsafeRules {
  let known = made.get(settings);
  if (!known) {
    const { ingress, egress } = settings.failsafe;
    const plain: Ruled = {
      ingress: ingress.map((port) => toPort(port, "ingress")),
      egress: egress.map((port) => toPort(port, "egress")),
    };
    const withReplies: Ruled = {
      ingress: [...plain.ingress, ...egress.map(fromPort)],
      egress: [...plain.egress, ...ingress.map(fromPort)],
    };
    made.set(settings, (known = { plain, withReplies }));
  }
  return known;
}

/** What failsafe ports let through at a hook of a host endpoint, as rules that allow (Calico, felix rules/static.go). */
export function failsafePlan(settings: ReadSettings, hook: PolicyHook, direction: Direction): RulesPlan {
  const { plain, withReplies } = rulesOf(settings);
  return planOf(hook === "untracked" ? withReplies : plain)[direction];
}

/** The plans of all failsafe ports of a cluster. */
export const failsafePlans = (settings: ReadSettings) => {
  const { plain, withReplies } = rulesOf(settings);
  return [planOf(plain), planOf(withReplies)];
};
