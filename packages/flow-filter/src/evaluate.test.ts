import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, matches, parseFilter, type FilterEnd, type FilterRow } from "./index";
import { filters } from "./testing/filters";

const end = (changes: Partial<FilterEnd>): FilterEnd => ({
  clusterName: "eu-west",
  namespace: "shop",
  workloadKind: "Deployment",
  workloadName: "web",
  name: "web-*",
  type: "workload",
  labels: ["app=web", "tier="],
  resolution: "local",
  address: "",
  ...changes,
});
const row = (changes: Partial<FilterRow> = {}): FilterRow => ({
  source: end({}),
  dest: end({ namespace: "pay", workloadName: "api", name: "api-*", labels: ["app=api"], address: "10.1.2.3" }),
  destPort: 443,
  protocol: "tcp",
  service: { namespace: "pay", name: "api" },
  reporter: "source",
  action: "allow",
  pendingAction: "deny",
  deciding: { namespace: "pay", name: "t.api" },
  policyNames: ["t.api", "kns.pay"],
  packetsIn: 1,
  packetsOut: 2,
  bytesIn: 400,
  bytesOut: 600,
  connectionsStarted: 0,
  connectionsCompleted: 2,
  connectionsLive: 5,
  ...changes,
});
const nothing = {
  clusterName: null,
  namespace: "",
  workloadKind: "",
  workloadName: "",
  labels: [],
  resolution: "unresolved",
};
const hidden = end({ ...nothing, workloadKind: "outside-scope", name: "", type: "unknown" });
const internet = end({ ...nothing, name: "pub", type: "network" });
const published = end({ clusterName: "us-east", labels: ["app=set"], resolution: "published" });

const says = (text: string, changes: Partial<FilterRow> = {}) => {
  const parsed = parseFilter(text);
  return parsed.ok ? evaluate(parsed.value, row(changes)) : parsed.error[0]?.message;
};

describe("what a filter says of a row", () => {
  const rows: readonly (readonly [truth: string, text: string, changes?: Partial<FilterRow>])[] = [
    ["true", ""],
    ["true", "action = allow and staged = deny"],
    ["true", "namespace = pay and source.namespace = shop and workload in (web, nobody)"],
    ["false", "namespace = cart"],
    ["true", "namespace != cart"],
    ["false", "namespace != shop"],
    ["true", "port in 400-500 and port >= 443 and port < 444"],
    ["true", "bytes = 1kB and bytes.in <= 400 and packets > 2 and connections = 5"],
    ["true", 'policy ~ "^t[.]" and policy !~ pci and decided = pay/t.api and decided = t.api'],
    ["true", 'source.label.app = web and has source.label.tier and source.label.tier = ""'],
    ["true", "text = WEB and text != secret"],
    ["true", "dest.address in 10.0.0.0/8 and not dest.address in fd00::/8"],
    // no address is told of the source
    ["unknown", "source.address in 10.0.0.0/8"],
    ["unknown", "not (source.address in 10.0.0.0/8)"],
    ["unknown", "source.address not in 10.0.0.0/8"],
    ["unknown", "has source.address"],
    ["unknown", "not has source.address"],
    ["true", "source.address = 1.1.1.1 or port = 443"],
    ["false", "source.address = 1.1.1.1 and port = 1"],
    // no label where labels are told is known to be none
    ["false", "has source.label.none"],
    ["true", "source.label.none != prod"],
    ["unknown", "source.label.app != prod", { source: end({ labels: [] }) }],
    ["unknown", "dest.label.app != prod and has dest.label.other", { dest: published }],
    ["true", "dest.label.app = set", { dest: published }],
    ["unknown", "dest.label.other != prod", { dest: published }],
    ["true", "dest.label.app != prod", { dest: internet }],
    // none is none: no service, no cluster and no namespace of the internet
    ["true", "service != dns and not has service", { service: { namespace: "", name: "" } }],
    ["true", "dest.cluster != us-east and dest.namespace != cart and not has dest.cluster", { dest: internet }],
    ["true", "cluster != us-east", { dest: internet }],
    // no trace says nothing of policies
    ["unknown", "policy = a", { policyNames: [] }],
    ["unknown", "not has policy", { policyNames: [] }],
    ["unknown", "decided != a", { deciding: null }],
    ["unknown", "decided != a", { deciding: { namespace: "", name: "" } }],
    // a hidden end may be anything
    ["unknown", "dest.namespace = cart", { dest: hidden }],
    ["unknown", "dest.namespace != cart", { dest: hidden }],
    ["unknown", "namespace != cart", { dest: hidden }],
    ["false", "namespace != shop", { dest: hidden }],
    ["unknown", "not has dest.workload", { dest: hidden }],
    ["unknown", "text != cart", { dest: hidden }],
    ["true", "text = web", { dest: hidden }],
    ["unknown", "dest.namespace = a or not dest.namespace = a", { dest: hidden }],
  ];
  it.each(rows)("is %s: %s", (truth, text, changes) => expect(says(text, changes)).toBe(truth));

  it("is true of a filter or of its opposite, or of neither where the row does not tell", () => {
    const some = fc.record({
      source: fc.constantFrom(row().source, hidden, published),
      dest: fc.constantFrom(row().dest, hidden, internet),
      policyNames: fc.constantFrom([], ["t.api"]),
      deciding: fc.constantFrom(null, row().deciding),
    });
    fc.assert(
      fc.property(filters(), some, (filter, changes) => {
        const each = row(changes);
        const truth = evaluate(filter, each);
        const opposite = { true: "false", false: "true", unknown: "unknown" }[truth];
        expect(evaluate({ kind: "not", of: filter }, each)).toBe(opposite);
        expect(matches(filter, each)).toBe(truth === "true");
      }),
      { numRuns: 500 },
    );
  });
});
