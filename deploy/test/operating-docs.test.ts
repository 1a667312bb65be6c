import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createMetrics as createAgentMetrics } from "../../apps/agent/src/health/metrics";
import { createMetrics as createGatewayMetrics } from "../../apps/gateway/src/metrics";
import { createMetrics as createWebMetrics } from "../../apps/web/src/server/metrics";
import { root, variablesOf } from "./support/process-settings";

const folder = join(root, "docs/operate");
const page = (name: string) => readFileSync(join(folder, name), "utf8");

/** Anchors of a page's headings, as they are made where Markdown is shown. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    ),
  );

interface Metric {
  readonly name: string;
  readonly type: string;
}
const described = async (...registries: readonly { getMetricsAsJSON(): Promise<unknown> }[]) =>
  (await Promise.all(registries.map((each) => each.getMetricsAsJSON()))).flat() as unknown as readonly Metric[];
const webMetrics = createWebMetrics({ streams: () => ({ streams: 0, sessions: 0 }), pools: () => [] });
const metrics = await described(createAgentMetrics().registry, createGatewayMetrics().registry, webMetrics.registry);
const isOfNode = (name: string) => /^isthmus_(gateway|web)_(process|nodejs)_/.test(name);

describe("docs/operate", () => {
  const pages = readdirSync(folder);
  const all = [
    ...pages.map((name) => `docs/operate/${name}`),
    "README.md",
    "docs/ARCHITECTURE.md",
    "docs/protocol.md",
    "docs/adr/README.md",
  ];

  it("is listed in its index, every page", () => {
    const index = page("README.md");
    expect(pages.filter((name) => name !== "README.md" && !index.includes(`(${name})`))).toEqual([]);
  });

  it.each(all)("%s: every link leads somewhere", (path) => {
    const text = readFileSync(join(root, path), "utf8");
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const dead = links.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [file = "", anchor] = target.split("#");
      const to = file === "" ? join(root, path) : join(root, dirname(path), file);
      if (!existsSync(to)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(to, "utf8")).has(anchor);
    });
    expect(dead).toEqual([]);
  });

  it("names every setting that a process reads, and none that no process reads", () => {
    const table = page("install.md");
    const rows = [...table.matchAll(/^\| `(ISTHMUS_\w+)`( `_FILE`)? /gm)];
    const named = new Set(rows.flatMap(([, name = "", file]) => [name, ...(file ? [`${name}_FILE`] : [])]));
    const read = new Set((["web", "gateway", "migrate"] as const).flatMap((each) => [...variablesOf(each)]));
    expect([...read].filter((name) => !named.has(name)).toSorted()).toEqual([]);
    expect([...named].filter((name) => !read.has(name))).toEqual([]);
  });
});

describe("metrics.md", () => {
  const rows = [...page("metrics.md").matchAll(/^\| `(\w+)` +\| (\w+) /gm)].map(([, name, type]) => ({ name, type }));

  it("describes every metric of gateway, web app and agent with its type, and no other", () => {
    const own = metrics.filter(({ name }) => !isOfNode(name)).map(({ name, type }) => ({ name, type }));
    const byName = (a: { name: string | undefined }, b: { name: string | undefined }) =>
      `${a.name}`.localeCompare(`${b.name}`);
    expect(rows.toSorted(byName)).toEqual(own.toSorted(byName));
  });
});

describe("alerts.yaml", () => {
  interface Rule {
    readonly alert: string;
    readonly expr: string;
    readonly labels: { readonly severity: string };
    readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
  }
  const text = readFileSync(join(root, "deploy/helm/isthmus/files/alerts.yaml"), "utf8");
  const { groups } = parse(text) as { readonly groups: readonly { readonly rules: readonly Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  const problemsOf = (expr: string): readonly string[] => {
    const problems: string[] = [];
    parser.parse(expr).iterate({
      enter: (node) => {
        if (node.type.isError) problems.push(`cannot be read at ${node.from}`);
        if (node.name !== "Identifier" || node.node.parent?.name !== "VectorSelector") return;
        const name = expr.slice(node.from, node.to);
        const known = metrics.some(
          (each) => name === each.name || (each.type === "histogram" && name === `${each.name}_bucket`),
        );
        if (!known) problems.push(`${name} is no metric`);
      },
    });
    return problems;
  };

  it.each(rules.map((rule) => [rule.alert, rule] as const))("%s asks of metrics that there are", (alert, rule) => {
    expect(problemsOf(rule.expr)).toEqual([]);
    expect(["warning", "critical"]).toContain(rule.labels.severity);
    const [file = "", anchor = ""] = rule.annotations.runbook.split("#");
    expect(anchor).toBe(alert.toLowerCase());
    expect(anchorsOf(readFileSync(join(root, file), "utf8"))).toContain(anchor);
    expect(rule.annotations.summary).not.toBe("");
  });

  it("would be caught by these tests where it names a metric that there is not, or is no PromQL", () => {
    expect(problemsOf("sum(isthmus_gateway_session) > 0")).toEqual(["isthmus_gateway_session is no metric"]);
    expect(problemsOf("sum(isthmus_gateway_sessions")).not.toEqual([]);
  });

  it("has a paragraph for every alert, and none for an alert that is gone", () => {
    const headings = [...page("metrics.md").matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(rules.map(({ alert }) => alert));
  });
});
