import { err, ok, type Result } from "@isthmus/std";
import type { Diagnostic } from "../diagnostic";
import type { Endpoint } from "../evaluate/endpoint";
import { NAMESPACE_LABEL } from "../model/labels";
import type { Labels } from "../model/resource";
import { parseCidrOrAddress } from "../net/address";
import type { SelectorNode } from "../selector/ast";
import { compileSelector, type LabelMap } from "../selector/evaluate";
import { parseSelector } from "../selector/parser";
import { mapLeaves } from "../selector/rewrite";
import { addressesOfCidrs, hasAddress } from "../sets/address-set";
import type { EndpointAddress } from "../connectivity/end-classes";
import type { ProofEnd } from "./types";

/** The label under which selectors of questions see the name of an endpoint's cluster. */
export const CLUSTER_LABEL = "isthmus.io/cluster";

/** The prefix under which they see the labels of the cluster. */
export const CLUSTER_PREFIX = `${CLUSTER_LABEL}.`;

/** Reads an end of a question: addresses and ranges separated by commas, or else a selector. */
export function parseProofEnd(text: string): Result<ProofEnd, readonly Diagnostic[]> {
  const written = text.split(",").map((part) => parseCidrOrAddress(part.trim()));
  const cidrs = written.flatMap((range) => (range ? [range.cidr] : []));
  if (cidrs.length === written.length) return ok({ kind: "addresses", addresses: addressesOfCidrs(cidrs) });
  const selector = parseSelector(text);
  return selector.ok ? ok({ kind: "selector", selector: selector.value }) : err(selector.error);
}

const NO_NAMESPACE: SelectorNode = { kind: "not", operand: { kind: "has", label: NAMESPACE_LABEL } };

function labelsInMesh({ labels, cluster }: Endpoint, clusterLabels: Labels): LabelMap {
  const seen = new Map(labels);
  for (const [key, value] of Object.entries(clusterLabels)) seen.set(CLUSTER_PREFIX + key, value);
  return seen.set(CLUSTER_LABEL, cluster);
}

/** Which addresses of endpoints an end of a question means. */
export function endpointMatcher(
  end: ProofEnd,
  clusterLabels: ReadonlyMap<string, Labels>,
): (member: EndpointAddress) => boolean {
  if (end.kind === "addresses") return ({ address }) => hasAddress(end.addresses, address);
  const matches = compileSelector(mapLeaves(end.selector, (leaf) => (leaf.kind === "global" ? NO_NAMESPACE : leaf)));
  const known = new Map<Endpoint, boolean>();
  return ({ endpoint }) => {
    let answer = known.get(endpoint);
    if (answer === undefined) {
      answer = matches(labelsInMesh(endpoint, clusterLabels.get(endpoint.cluster) ?? {}));
      known.set(endpoint, answer);
    }
    return answer;
  };
}
