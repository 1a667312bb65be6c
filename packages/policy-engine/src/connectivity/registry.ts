import type { SelectorNode } from "../selector/ast";
import type { HolderSelector, RuleEnd, SpeakerPlan } from "./rule-end";

/** The names of the labels that a selector looks at. */
export function* labelNames(node: SelectorNode): Generator<string> {
  if (node.kind === "not") yield* labelNames(node.operand);
  else if (node.kind === "and" || node.kind === "or") for (const operand of node.operands) yield* labelNames(operand);
  else if ("label" in node) yield node.label;
}

/**
 * Everything by which a cluster's policies tell addresses apart. It only grows, so that classes made with it are never
 * coarser than those made before; what is out of use costs a little and changes nothing.
 */
export class Registry {
  readonly selectors = new Map<string, HolderSelector>();
  readonly ends = new Map<string, RuleEnd>();
  readonly labels = new Set<string>();
  readonly portNames = new Set<string>();
  /** Grows with whatever is added. */
  version = 0;
  readonly #plans = new WeakSet<SpeakerPlan>();

  addSelector(selector: HolderSelector): void {
    if (this.selectors.has(selector.text)) return;
    this.selectors.set(selector.text, selector);
    for (const name of labelNames(selector.node)) this.labels.add(name);
    this.version += 1;
  }

  addPlan(plan: SpeakerPlan): void {
    if (this.#plans.has(plan)) return;
    this.#plans.add(plan);
    for (const { rules } of [plan.ingress, plan.egress]) {
      for (const { near, far } of rules) {
        this.#addEnd(near);
        this.#addEnd(far);
      }
    }
  }

  #addEnd(end: RuleEnd): void {
    if (end.anyAddress || this.ends.has(end.key)) return;
    this.ends.set(end.key, end);
    for (const selector of [end.selector, end.notSelector]) if (selector) this.addSelector(selector);
    for (const port of [...end.ports, ...end.notPorts]) if (port.kind === "named") this.portNames.add(port.name);
    this.version += 1;
  }
}
