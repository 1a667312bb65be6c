import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiClient } from "../apps/standalone/src/demo/api-client";
import { readManifest, startAgent, type ForeignAgent } from "./support/agent";
import { clustersByName, signedInApi } from "./support/api";
import { destroyEvidence, missingEvidence, type Stretch } from "./support/destroyed-evidence";
import { newHome, removeHome, startDemo, type Demo } from "./support/demo";
import { eventually } from "./support/eventually";
import { startExtraCluster, type ExtraCluster } from "./support/extra-cluster";
import { expireGrant, installedAgent } from "./support/grants";
import { kubeconfigOf, kubectl as runKubectl, kubectlWith, readObject } from "./support/kubectl";
import { evidenceAfter, evidenceFaultsAfterSettling } from "./support/outcome";
import { applyPolicy, applyRevision, policyIn, policyStates } from "./support/policies";
import { childPids } from "./support/processes";

const PORT = 9700;
const CLUSTERS = ["eu-central", "eu-west", "us-east"] as const;
const GNP = "globalnetworkpolicies.projectcalico.org";

let demo: Demo;
let api: ApiClient;
let ids: Readonly<Record<string, string>>;
const agents: ForeignAgent[] = [];
let extra: ExtraCluster | undefined;

type Kubectl = (args: readonly string[], stdin?: string) => Promise<string>;
const kubectl =
  (cluster: string): Kubectl =>
  (args, stdin = "") =>
    runKubectl(demo, cluster, { args, stdin });

/** A policy in the tier `trial` that says nothing about the shop's traffic. */
const policy = (name: string, selector = 'app == "redis-cart"') => `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: trial.${name}
spec:
  tier: trial
  order: 10
  selector: ${selector}
  types: [Ingress]
  ingress:
    - action: Deny
      protocol: TCP
      source:
        selector: app == "nobody"
`;

interface Detail {
  readonly cluster: {
    readonly status: { readonly kind: string };
    readonly link: { readonly connectedAt: string };
    readonly facts: { readonly goldmane: string; readonly missingPermissions: readonly string[] };
    readonly problems: readonly { readonly code: string; readonly title: string; readonly detail: string }[];
  };
  readonly refusals: readonly { readonly code: string; readonly message: string; readonly advice: string }[];
}

const detail = (cluster: string) => api.query<Detail>("clusters.get", { clusterId: ids[cluster] });
const problemOf = async (cluster: string, code: string) =>
  (await detail(cluster)).cluster.problems.find((problem) => problem.code === code);

const refusalOf = (cluster: string, code: string) =>
  eventually(`${cluster} shows ${code}`, async () =>
    (await detail(cluster)).refusals.find((refusal) => refusal.code === code),
  );

const untilShown = (name: string, cluster: string, state: string) =>
  eventually(`trial.${name} is ${state} in ${cluster}`, async () => {
    const found = await policyIn(api, `trial.${name}`, cluster);
    return found?.state === state ? found : undefined;
  });

const everywhere = (state: string) => Object.fromEntries(CLUSTERS.map((name) => [name, state]));

const untilStates = (name: string, states: Readonly<Record<string, string>>) =>
  eventually(`trial.${name} is ${JSON.stringify(states)}`, async () => {
    const found = await policyStates(api, `trial.${name}`);
    return isDeepStrictEqual(found, states) ? true : undefined;
  });

const newGrant = (cluster: string) =>
  api.mutate<{ readonly grantId: string; readonly manifest: string }>("clusters.newGrant", {
    clusterId: ids[cluster],
    options: { image: "isthmus/agent:local" },
  });

beforeAll(async () => {
  demo = await startDemo({ home: newHome(), port: PORT, sandboxTime: "flush=2s,lag=1" });
  api = await signedInApi(demo);
  ids = Object.fromEntries(Object.entries(await clustersByName(api)).map(([name, { id }]) => [name, id]));
  await api.mutate("tiers.create", { name: "trial", order: 50, defaultAction: "Pass" });
});

afterAll(async () => {
  await Promise.all([...agents.map((agent) => agent.stop()), extra?.stop()]);
  await demo?.stop();
  if (demo !== undefined) removeHome(demo.home);
});

/** When evidence was destroyed; judged at the end, when all of it is due. */
let destroyed: Stretch;

describe("a spool destroyed while nobody else remembers what was in it", () => {
  it("costs no more than that: every cluster reports again", async () => {
    await evidenceAfter(demo, { clusters: CLUSTERS.length, since: 0 });
    destroyed = await destroyEvidence(demo, "eu-central");
    await evidenceAfter(demo, { clusters: CLUSTERS.length, since: Math.floor(Date.now() / 1_000) });
  });
});

describe("a grant that cannot be redeemed", () => {
  /** Shows the grant from eu-west, with an identity that the agent makes itself. */
  const refused = async (code: string, given: ReturnType<typeof readManifest>) => {
    const replace = { "identity-secret": `isthmus/${code}`, goldmane: "", instance: code };
    const agent = startAgent({ kubeconfig: kubeconfigOf(demo, "eu-west"), ...given, replace });
    agents.push(agent);
    const line = await agent.said(code, (each) => each.code === code);
    return { line: line.msg, refusal: await refusalOf("eu-west", code) };
  };

  it("because it was used says so to both, and how to go on", async () => {
    const { line, refusal } = await refused("grant-used", await installedAgent(demo, "eu-west"));
    expect(line).toMatch(/used as often as it allows.*make a new grant/);
    expect(refusal.advice).toMatch(/was used up.*revoke the agent.*new grant/);
  });

  it("because it was revoked", async () => {
    const { manifest } = await newGrant("eu-west");
    await api.mutate("clusters.revokeGrants", { clusterId: ids["eu-west"] });
    const { line, refusal } = await refused("grant-revoked", readManifest(manifest));
    expect(line).toMatch(/was revoked; make a new one/);
    expect(refusal.advice).toMatch(/was revoked. Make a new one/);
  });

  it("because it expired", async () => {
    const { grantId, manifest } = await newGrant("eu-west");
    await expireGrant(demo, grantId);
    const { line, refusal } = await refused("grant-expired", readManifest(manifest));
    expect(line).toMatch(/has expired; make a new one/);
    expect(refusal.advice).toMatch(/had expired. Make a new one/);
  });
});

describe("a credential that was stolen", () => {
  it("is refused to another cluster and shown where it belongs, whose own agent goes on", async () => {
    const before = await detail("eu-west");
    const secret = await readObject<{ readonly data: object }>(demo, "eu-west", [
      "secret/isthmus-agent-identity",
      "-n",
      "isthmus",
    ]);
    const copy = { ...secret, metadata: { name: "stolen", namespace: "isthmus" } };
    await kubectl("us-east")(["apply", "-f", "-"], JSON.stringify(copy));
    const { args } = await installedAgent(demo, "eu-west");
    const replace = { "identity-secret": "isthmus/stolen", "grant-id": "", goldmane: "" };
    const thief = startAgent({ kubeconfig: kubeconfigOf(demo, "us-east"), args, replace });
    agents.push(thief);
    const line = await thief.said("wrong-cluster", (each) => each.code === "wrong-cluster");
    expect(line.msg).toMatch(/another UID than the one enrolled/);
    expect((await refusalOf("eu-west", "wrong-cluster")).advice).toMatch(/it was stolen: revoke the agent/);
    const { cluster } = await detail("eu-west");
    expect(cluster.status.kind).toBe("connected");
    expect(cluster.link.connectedAt).toBe(before.cluster.link.connectedAt);
    const us = await detail("us-east");
    expect(us.cluster.status.kind).toBe("connected");
  });
});

describe("a wrong key or certificate", () => {
  it("of a gateway: the agent names the key that it found, sends no secret, and leaves the grant unused", async () => {
    const { manifest } = await newGrant("us-east");
    const { args, grantSecret } = readManifest(manifest);
    const real = args
      .find((arg) => arg.startsWith("--pin="))
      ?.slice("--pin=".length)
      .split(",")[0];
    const replace = { "identity-secret": "isthmus/misled", goldmane: "", pin: `SHA256:${"A".repeat(43)}` };
    const agent = startAgent({ kubeconfig: kubeconfigOf(demo, "us-east"), args, grantSecret, replace });
    agents.push(agent);
    const line = await agent.said("that it does not trust it", ({ msg }) => msg.startsWith("not trusted"));
    expect(line.msg).toContain(`${real}, which this agent was not told to trust; check the address`);
    const status = await api.query<{ readonly grant: { readonly state: string } }>("clusters.status", {
      clusterId: ids["us-east"],
    });
    expect(status.grant.state).toBe("open");
    await api.mutate("clusters.revokeGrants", { clusterId: ids["us-east"] });
  });

  it.each([
    {
      what: "client certificate",
      object: "secret/whisker-backend-key-pair",
      says: /client certificate.*check the client pair/,
    },
    { what: "authority", object: "configmap/goldmane-ca-bundle", says: /not of the authority.*check the ConfigMap/ },
  ])("of Goldmane ($what): the cluster is a problem that says which, and right again when it is", async (given) => {
    const at = ["-n", "calico-system"];
    const own = await readObject<{ readonly data: object }>(demo, "eu-central", [given.object, ...at]);
    const other = await readObject<{ readonly data: object }>(demo, "us-east", [given.object, ...at]);
    const put = (data: object) =>
      kubectl("eu-central")(["patch", given.object, ...at, "--type=merge", "-p", JSON.stringify({ data })]);
    await put(other.data);
    try {
      process.kill(childPids(demo.home)["agent eu-central"]!, "SIGKILL");
      await eventually("eu-central says what is wrong", async () => {
        const problem = await problemOf("eu-central", "goldmane-unreachable");
        return problem !== undefined && given.says.test(problem.detail) ? true : undefined;
      });
    } finally {
      await put(own.data);
    }
    await eventually("Goldmane is reached again", async () =>
      (await detail("eu-central")).cluster.facts.goldmane === "connected" ? true : undefined,
    );
  });
});

describe("a policy whose text is wrong", () => {
  const refusal = (yaml: string, placement = "all()") =>
    api.mutate("policies.saveRevision", { yaml, placement, comment: "" }).then(
      () => "saved",
      (error: Error) => error.message,
    );

  it.each([
    { what: "no YAML", yaml: "kind: [not closed", says: /^line 1: / },
    { what: "a list", yaml: "- a\n- b\n", says: /^line 1: / },
    { what: "empty", yaml: "", says: /line 1: / },
    { what: "a selector that does not parse", yaml: policy("wrong", 'app === "x"'), says: /^line 8: .*operator/ },
    {
      what: "a tier that nobody made",
      yaml: policy("wrong").replaceAll("trial", "nowhere"),
      says: /^line 6: the tier `nowhere` is not managed by us \(.*tiers of ours: .*`trial`/,
    },
  ])("($what) is not saved, and the line is named", async ({ yaml, says }) => {
    const message = await refusal(yaml);
    expect(message).toMatch(says);
    const selected = api.query("policies.selects", { yaml, placement: "all()" });
    expect(await selected).toBeNull();
  });

  it("with clusters chosen by a label that none has: says so and which labels there are", async () => {
    expect(await refusal(policy("wrong"), "jurisdiction = EU")).toBe(
      "clusters: `=` alone is not an operator; compare with ==",
    );
    const { policyId, revisionId } = await api.mutate<{ readonly policyId: string; readonly revisionId: string }>(
      "policies.saveRevision",
      { yaml: policy("nowhere"), placement: 'jurisdiction == "MARS"', comment: "" },
    );
    await expect(api.mutate("policies.applyRevision", { policyId, revisionId, comment: "" })).rejects.toThrow(
      /matches no cluster.*`jurisdiction`/,
    );
    expect(await policyStates(api, "trial.nowhere")).toEqual({});
  });
});

describe("a policy that a cluster does not take", () => {
  const role = ["clusterrole/isthmus-agent"];

  it("fails there in the API server's own words, is applied elsewhere, and everywhere once the cause is gone", async () => {
    const us = kubectl("us-east");
    await applyPolicy(api, policy("first"));
    await untilStates("first", everywhere("applied"));
    const before = await readObject<{ readonly rules: readonly Rule[] }>(demo, "us-east", role);
    const rules = before.rules.map((rule) =>
      rule.resources?.includes("globalnetworkpolicies") && rule.verbs.includes("create")
        ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== "create") }
        : rule,
    );
    const put = (next: readonly Rule[]) =>
      us(["patch", ...role, "--type=json", "-p", JSON.stringify([{ op: "replace", path: "/rules", value: next }])]);
    await put(rules);
    const saved = await applyPolicy(api, policy("barred"));
    try {
      await untilStates("barred", { "eu-central": "applied", "eu-west": "applied", "us-east": "failed" });
      const { message } = await untilShown("barred", "us-east", "failed");
      expect(message).toMatch(
        /is forbidden: User "system:serviceaccount:isthmus:isthmus-agent" cannot create resource "globalnetworkpolicies"/,
      );
      expect(await us(["get", GNP, "-o", "name"])).toContain("trial.first");
    } finally {
      await put(before.rules);
    }
    await applyRevision(api, saved);
    await untilStates("barred", everywhere("applied"));
  });

  it("because something of that name is not ours: leaves it as it is and says so, until it is gone", async () => {
    const us = kubectl("us-east");
    await us(["apply", "-f", "-"], policy("theirs"));
    const before = await us(["get", GNP, "trial.theirs", "-o", "json"]);
    await applyPolicy(api, policy("theirs", 'app == "ad"'));
    await untilStates("theirs", { "eu-central": "applied", "eu-west": "applied", "us-east": "not-ours" });
    const { message } = await untilShown("theirs", "us-east", "not-ours");
    expect(message).toMatch(/does not carry isthmus.io\/managed: it is left alone/);
    expect(await us(["get", GNP, "trial.theirs", "-o", "json"])).toBe(before);
    await us(["delete", GNP, "trial.theirs"]);
    await untilStates("theirs", everywhere("applied"));
  });
});

interface Rule {
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
}

describe("what others do to a policy of ours", () => {
  it("is shown as drift with what differs, is not undone by itself, and is repaired by applying again", async () => {
    const saved = await applyPolicy(api, policy("drifting"));
    await untilStates("drifting", everywhere("applied"));
    const order = JSON.stringify({ spec: { order: 77 } });
    await kubectl("eu-west")(["patch", GNP, "trial.drifting", "--type=merge", "-p", order]);
    await kubectl("us-east")(["delete", GNP, "trial.drifting"]);
    expect((await untilShown("drifting", "eu-west", "drifted")).message).toMatch(
      /^somebody else changed spec\.order: .+ → 77$/u,
    );
    expect((await untilShown("drifting", "us-east", "drifted")).message).toBe("somebody else removed it");
    expect((await problemOf("eu-west", "policies-drifted"))?.title).toBe("1 policy object drifted");
    expect(await kubectl("us-east")(["get", GNP, "-o", "name"])).not.toContain("trial.drifting");
    await applyRevision(api, saved);
    await untilStates("drifting", everywhere("applied"));
    const repaired = await kubectl("eu-west")(["get", GNP, "trial.drifting", "-o", "jsonpath={.spec.order}"]);
    expect(repaired).toBe("10");
    expect(await kubectl("us-east")(["get", GNP, "-o", "name"])).toContain("trial.drifting");
  });
});

interface Offers {
  readonly offers: readonly { readonly targets: readonly { readonly barred: string | null }[] }[];
}

describe("two clusters whose pod ranges overlap", () => {
  it("are told so with both ranges, and nothing is published between them, while others are published", async () => {
    extra = await startExtraCluster(demo, api, { name: "twin", podCidr: "10.10.64.0/18" });
    ids = { ...ids, twin: extra.id };
    await eventually("twin is connected", async () =>
      (await detail("twin")).cluster.status.kind === "connected" ? true : undefined,
    );
    for (const [cluster, detailed] of [
      ["twin", "Pod range 10.10.64.0/18 overlaps 10.10.0.0/16 of eu-west"],
      ["eu-west", "Pod range 10.10.0.0/16 overlaps 10.10.64.0/18 of twin"],
    ] as const) {
      const problem = await eventually("the overlap is a problem", () => problemOf(cluster, "overlapping-pod-ranges"));
      expect(problem.detail).toContain(detailed);
    }
    const other = { sourceClusterId: ids["us-east"], namespace: "boutique", targetClusterId: extra.id };
    for (const overlapping of [
      { sourceClusterId: ids["eu-west"], namespace: "boutique", targetClusterId: extra.id },
      { sourceClusterId: extra.id, namespace: "twins", targetClusterId: ids["eu-west"] },
    ]) {
      const publications = [other, overlapping];
      await expect(api.mutate("publications.approve", { publications })).rejects.toThrow(/Pod ranges overlap/);
    }
    await api.mutate("publications.approve", { publications: [other] });
    const { offers } = await api.query<Offers>("publications.overview");
    const barred = offers
      .flatMap(({ targets }) => targets)
      .map((target) => target.barred)
      .filter((reason) => reason !== null);
    expect(new Set(barred)).toEqual(
      new Set(["pod ranges of eu-west and twin overlap", "pod ranges of twin and eu-west overlap"]),
    );
    const peers = "app == 'cart' || app == 'twin' || app == 'redis-cart'";
    await applyPolicy(api, policy("reach").replace('app == "nobody"', peers));
    await untilStates("reach", { ...everywhere("applied"), twin: "applied" });
    const sets = ["get", "globalnetworksets.projectcalico.org", "-o", "json"];
    const inTwin = await kubectlWith(demo, extra.kubeconfig, { args: sets });
    expect(inTwin).toContain('"10.30.');
    expect(inTwin).not.toContain('"10.10.');
    expect(await kubectl("eu-west")(sets)).not.toContain('"10.10.');
  });
});

describe("the evidence that was destroyed", () => {
  it("is missing by minute and reason, and nothing else is", async () => {
    const missing = await missingEvidence(demo, api, destroyed);
    for (const name of CLUSTERS) {
      const { said, stored } = missing[name]!;
      expect(said.minutes, `minutes of ${name}`).toEqual(stored.minutes);
      expect(said.buckets, `buckets of ${name}`).toBe(stored.buckets.length);
      // The bucket in which Goldmane began anew, and no other.
      expect(stored.inPart.length, `buckets of ${name} in part`).toBeLessThanOrEqual(1);
      expect(said.reasons, `reasons of ${name}`).toEqual([name === "eu-central" ? "spool-lost" : "source-restarted"]);
    }
    const ofVictim = missing["eu-central"]!.stored.buckets;
    for (const name of ["eu-west", "us-east"]) {
      // They miss only what Goldmane had not yet given when it died: that every cluster misses.
      const ofOther = missing[name]!.stored.buckets;
      expect(ofVictim).toEqual(expect.arrayContaining([...ofOther]));
      expect(ofVictim.length).toBeGreaterThan(ofOther.length);
    }
    expect(await evidenceFaultsAfterSettling(demo)).toEqual([]);
  });
});
