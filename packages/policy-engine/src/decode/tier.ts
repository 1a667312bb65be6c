import type { Tier } from "../model/policy";
import { readMetadata, type NameRule } from "./metadata";
import { DNS_LABEL, MAX_LABEL_LENGTH } from "./names";
import { complain, field, isPresent, readNumber, readObject, readWord, type Reader } from "./reader";

const NAME: NameRule = {
  pattern: DNS_LABEL,
  maxLength: MAX_LABEL_LENGTH,
  hint: "lower-case letters, digits and -, no dots",
  namespaced: false,
};

/** Tiers whose order and default action Calico fixes. */
export const FIXED_TIERS: ReadonlyMap<string, { readonly order: number; readonly defaultAction: "Deny" | "Pass" }> =
  new Map([
    ["kube-admin", { order: 1000, defaultAction: "Pass" }],
    ["default", { order: 1_000_000, defaultAction: "Deny" }],
    ["kube-baseline", { order: 10_000_000, defaultAction: "Pass" }],
  ]);

function checkFixed(spec: Reader, tier: Tier): void {
  const fixed = FIXED_TIERS.get(tier.name);
  if (!fixed) return;
  if (tier.order !== fixed.order) {
    complain(field(spec, "order"), {
      code: "fixed-tier",
      message: `the order of tier \`${tier.name}\` is ${fixed.order}`,
    });
  }
  if (tier.defaultAction !== fixed.defaultAction || !isPresent(field(spec, "defaultAction"))) {
    const message = `the default action of tier \`${tier.name}\` is ${fixed.defaultAction}`;
    complain(field(spec, "defaultAction"), { code: "fixed-tier", message });
  }
}

/** Reads a Tier of `projectcalico.org/v3`. */
export function readTier(root: Reader): Tier {
  const { ref, labels } = readMetadata(root, NAME);
  const spec = field(root, "spec");
  readObject(spec, ["order", "defaultAction"]);
  const order = readNumber(field(spec, "order"));
  const defaultAction = readWord(field(spec, "defaultAction"), ["Deny", "Pass"], true) ?? "Deny";
  const tier: Tier = {
    resource: "tier",
    ref,
    labels,
    name: ref.name,
    ...(order !== undefined && { order }),
    defaultAction,
  };
  checkFixed(spec, tier);
  return tier;
}
