/** What a call of a page names. */
export interface Named {
  readonly clusterId: string;
  readonly policyId: string;
  readonly flowId: string;
  readonly yaml: string;
}

/** A procedure that a page asks when it is opened, with what it is asked. */
export type Call = readonly [path: string, input?: (named: Named) => unknown];

const view = { scope: "", range: "1h" };
const viewed = () => ({ view });
const filtered = (q: string) => () => ({ view, q });
const evidence: Call = ["evidence.summary", viewed];
const explained = ({ clusterId }: Named) => ({
  permission: "flows.read",
  resource: { kind: "place", clusterId, namespace: "ns-0" },
});
/** Asked by the frame around every page. */
const frame: readonly Call[] = [["frame.access"], ["frame.scopeOptions"], ["signIn.organisations"]];

/** Every page of the product with the procedures that its components ask when it is opened. */
export const pages: Readonly<Record<string, readonly Call[]>> = {
  overview: [...frame, ["overview.state", viewed], ["overview.denied", viewed], evidence],
  graph: [...frame, ["graph.edges", viewed], evidence],
  flows: [
    ...frame,
    ["flows.page", filtered("")],
    ["flows.histogram", filtered("")],
    ["flows.facets", filtered("")],
    evidence,
  ],
  "flows, searched by text": [
    ...frame,
    ["flows.page", filtered("text = w3")],
    ["flows.histogram", filtered("text = w3")],
    ["flows.facets", filtered("text = w3")],
    evidence,
  ],
  "a flow": [...frame, ["flows.detail", ({ flowId }) => ({ id: flowId })]],
  policies: [...frame, ["policies.board", viewed], evidence],
  "a policy": [
    ...frame,
    ["policies.board", viewed],
    ["policies.get", ({ policyId }) => ({ policyId, view })],
    ["policies.hitSeries", ({ policyId }) => ({ policyId, view })],
  ],
  "a policy's editor": [
    ...frame,
    ["policies.editor"],
    ["policies.get", ({ policyId }) => ({ policyId, view })],
    ["policies.selects", ({ yaml }) => ({ yaml, placement: "all()" })],
  ],
  clusters: [...frame, ["clusters.list"], evidence],
  "a cluster": [
    ...frame,
    ["clusters.get", ({ clusterId }) => ({ clusterId })],
    ["clusters.objects", ({ clusterId }) => ({ clusterId, tab: "workloads" })],
    ["publications.overview"],
    evidence,
  ],
  people: [...frame, ["members.list"]],
  roles: [...frame, ["roles.list"], ["roles.bindings"]],
  bindings: [...frame, ["roles.bindings"], ["roles.list"]],
  "why can I not": [...frame, ["signIn.me"], ["roles.explain", explained]],
  "sign-on": [...frame, ["providers.list"]],
  organisation: [...frame, ["organisations.current"]],
  tokens: [...frame, ["tokens.list", () => ({ whose: "own" })]],
  audit: [...frame, ["audit.list", () => ({})], ["audit.facets"]],
  settings: [...frame, ["signIn.me"], ["signIn.sessions"], ["signIn.secondFactor"]],
};
