import { once } from "node:events";
import { writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readAuditWebhook, type AuditWebhook } from "../src/api/audit/settings";
import { objectOf, objectsOf, stringOf, valueAt, type JsonObject } from "../src/json";
import { smallScenario, startTestCluster, temporaryFolder, type TestCluster } from "./api/fixture";

/** A receiver of audit events over HTTP; `answers` are given in turn, 200 when they are used up. */
class Receiver {
  readonly batches: JsonObject[] = [];
  readonly #server: http.Server;
  #arrived = new EventTarget();

  private constructor(answers: readonly (number | "never")[]) {
    const left = [...answers];
    this.#server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.batches.push(objectOf(JSON.parse(Buffer.concat(chunks).toString("utf8"))));
        this.#arrived.dispatchEvent(new Event("batch"));
        const answer = left.shift() ?? 200;
        if (answer !== "never") response.writeHead(answer).end();
      });
    });
  }

  static async start(...answers: readonly (number | "never")[]): Promise<Receiver> {
    const receiver = new Receiver(answers);
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/audit`;
  }

  get events(): readonly JsonObject[] {
    return this.batches.flatMap(({ items }) => objectsOf(items));
  }

  /** The events of a request, as soon as its last one is there. */
  async of(auditId: string): Promise<readonly JsonObject[]> {
    const found = () => this.events.filter(({ auditID }) => auditID === auditId);
    await this.until(() => found().some(({ stage }) => stage === "ResponseComplete"));
    return found();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await once(this.#arrived as never, "batch", { signal: AbortSignal.timeout(10_000) });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

const kinds = { apiVersion: "audit.k8s.io/v1", kind: "Policy" };
const policy = {
  ...kinds,
  rules: [
    { level: "None", resources: [{ group: "", resources: ["pods"] }] },
    { level: "Metadata", resources: [{ group: "", resources: ["secrets"] }] },
    {
      level: "Request",
      verbs: ["patch"],
      resources: [{ group: "", resources: ["configmaps"] }],
      omitStages: ["RequestReceived"],
    },
    { level: "RequestResponse", resources: [{ group: "", resources: ["configmaps"] }], omitManagedFields: true },
    { level: "Metadata", nonResourceURLs: ["/version"] },
    { level: "Metadata", userGroups: ["system:masters"], verbs: ["watch"] },
  ],
};

const maps = "/api/v1/namespaces/default/configmaps";
const configMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one" }, data: { a: "1" } };
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "hidden" }, stringData: { word: "open" } };

const started: (TestCluster | Receiver)[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await (each instanceof Receiver ? each.close() : each.destroy());
});

async function start(answers: readonly (number | "never")[] = [], settings: Partial<AuditWebhook> = {}) {
  const receiver = await Receiver.start(...answers);
  const read = readAuditWebhook({ url: receiver.url, policy, maxBatchWaitMs: 5, initialBackoffMs: 5 }, "/");
  const cluster = await startTestCluster({ scenario: { ...smallScenario, auditWebhook: { ...read, ...settings } } });
  started.push(cluster, receiver);
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const auditId = crypto.randomUUID();
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const given = { contentType, headers: { ...headers, "audit-id": auditId } };
    const answer = await cluster.request(method, path, body === undefined ? given : { ...given, body });
    return { answer, auditId };
  };
  return { receiver, cluster, ask };
}

describe("audit events of a cluster", () => {
  it("reach a webhook as lists of audit.k8s.io/v1, each request as fully as its rule says", async () => {
    const { receiver, cluster, ask } = await start();
    const created = await ask("POST", `${maps}?fieldManager=me`, configMap);
    const [received, complete] = await receiver.of(created.auditId);
    expect(receiver.batches[0]).toMatchObject({ kind: "EventList", apiVersion: "audit.k8s.io/v1" });
    expect(received).toMatchObject({
      level: "RequestResponse",
      stage: "RequestReceived",
      requestURI: `${maps}?fieldManager=me`,
      verb: "create",
      user: { username: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] },
      sourceIPs: ["127.0.0.1"],
      objectRef: { resource: "configmaps", namespace: "default", apiVersion: "v1" },
    });
    expect(complete).toMatchObject({
      stage: "ResponseComplete",
      objectRef: { resource: "configmaps", namespace: "default", name: "one", apiVersion: "v1" },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: configMap,
      responseObject: { kind: "ConfigMap", metadata: { name: "one", uid: expect.any(String) as unknown } },
      annotations: {
        "authorization.k8s.io/decision": "allow",
        "authorization.k8s.io/reason":
          'RBAC: allowed by ClusterRoleBinding "cluster-admin" of ClusterRole "cluster-admin" to Group "system:masters"',
      },
      requestReceivedTimestamp: expect.stringMatching(/T.*\.\d{6}Z$/) as unknown,
    });
    expect(valueAt(complete, "responseObject", "metadata")).not.toHaveProperty("managedFields");
    const patched = await ask("PATCH", `${maps}/one`, { data: { b: "2" } });
    const [only, ...more] = await receiver.of(patched.auditId);
    expect([only?.["stage"], more]).toEqual(["ResponseComplete", []]);
    expect(only).toMatchObject({ level: "Request", verb: "patch", requestObject: { data: { b: "2" } } });
    expect(only).not.toHaveProperty("responseObject");
    const hidden = await ask("POST", "/api/v1/namespaces/default/secrets", secret);
    expect(JSON.stringify(await receiver.of(hidden.auditId))).not.toContain("open");
    const unseen = await ask("GET", "/api/v1/namespaces/default/pods");
    const version = await ask("GET", "/version");
    expect((await receiver.of(version.auditId))[1]).toMatchObject({ verb: "get", requestURI: "/version" });
    expect(receiver.events.filter(({ auditID }) => auditID === unseen.auditId)).toEqual([]);
    expect(cluster.auditCounts()).toMatchObject({ dropped: 0 });
  });

  it("tell who acted for whom, what was refused, and who was not known", async () => {
    const { receiver, cluster, ask } = await start();
    const acted = await ask("GET", `${maps}/one`, undefined, {
      "impersonate-user": "ada",
      "impersonate-group": "devs",
    });
    expect(acted.answer.code).toBe(403);
    expect((await receiver.of(acted.auditId))[1]).toMatchObject({
      user: { username: "kubernetes-admin" },
      impersonatedUser: { username: "ada", groups: ["devs", "system:authenticated"] },
      responseStatus: { status: "Failure", reason: "Forbidden", code: 403, details: { kind: "configmaps" } },
      annotations: { "authorization.k8s.io/decision": "forbid", "authorization.k8s.io/reason": "" },
    });
    const auditId = crypto.randomUUID();
    await cluster.request("GET", "/version", { token: "nobody's", headers: { "audit-id": auditId } });
    expect((await receiver.of(auditId))[1]).toMatchObject({ user: {}, responseStatus: { code: 401 } });
  });

  it("follow a watch from its beginning to its end", async () => {
    const { receiver, ask } = await start();
    const { auditId } = await ask("GET", "/api/v1/nodes?watch=1&timeoutSeconds=1");
    const events = await receiver.of(auditId);
    expect(events.map(({ stage, verb }) => `${stringOf(verb)} ${stringOf(stage)}`)).toEqual([
      "watch RequestReceived",
      "watch ResponseStarted",
      "watch ResponseComplete",
    ]);
  });

  it("are sent again until they are taken, each once and in order, and not where they are refused for good", async () => {
    const { receiver, cluster, ask } = await start([503, 429, 200, 400], { maxBatchSize: 2 });
    const first = await ask("POST", maps, configMap);
    await receiver.until(() => receiver.batches.length >= 3);
    const [one, two, three] = receiver.batches.map(({ items }) => JSON.stringify(items));
    expect([two, three]).toEqual([one, one]);
    expect(objectsOf(receiver.batches[2]?.["items"]).map(({ auditID }) => auditID)).toEqual([
      first.auditId,
      first.auditId,
    ]);
    await ask("GET", "/version");
    await receiver.until(() => receiver.batches.length >= 4);
    const last = await ask("GET", "/version");
    await receiver.of(last.auditId);
    expect(cluster.auditCounts()).toMatchObject({ dropped: 2 });
    expect(String(cluster.errors.splice(0)[0])).toContain("2 audit events for http");
  });

  it("are dropped and counted where they do not fit, while the API goes on; the rest is sent at the end", async () => {
    const { receiver, cluster, ask } = await start(["never"], { maxBatchSize: 2, bufferSize: 4 });
    for (let asked = 0; asked < 5; asked += 1) expect((await ask("GET", "/version")).answer.code).toBe(200);
    expect(cluster.auditCounts()).toEqual({ queued: 4, sent: 0, dropped: 6 });
    expect(cluster.errors.splice(0)).toHaveLength(1);
    started.splice(started.indexOf(cluster), 1);
    await cluster.destroy();
    expect(cluster.auditCounts()).toEqual({ queued: 0, sent: 4, dropped: 6 });
    expect(objectsOf(receiver.batches.at(-1)?.["items"])).toHaveLength(4);
  });
});

describe("the setting auditWebhook", () => {
  const url = "https://audit.example.test";
  it("takes its policy from a file beside the scenario", () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, "policy.yaml"),
      "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata }]\n",
    );
    const read = readAuditWebhook({ url, policyFile: "policy.yaml", bufferSize: 5 }, folder);
    expect(read).toMatchObject({ url, bufferSize: 5, policy: { rules: [{ level: "Metadata" }] } });
  });

  it.each([
    { given: { url: "ftp://x", policy }, says: "auditWebhook.url must be an http or https address" },
    { given: { url, policy: { rules: [] } }, says: "must be of kind Policy" },
    { given: { url, policy: { ...kinds, rules: [] } }, says: "must have rules" },
    { given: { url, policy: { ...kinds, rules: [{ level: "All" }] } }, says: "rules[0].level must be one of None" },
    {
      given: { url, policy: { ...kinds, rules: [{ level: "None", omitStages: ["Never"] }] } },
      says: "rules[0].omitStages knows only RequestReceived",
    },
    {
      given: { url, policy: { ...kinds, rules: [{ level: "None", namespaces: ["a"], nonResourceURLs: ["/"] }] } },
      says: "either about resources",
    },
    { given: { url, policy, bufferSize: 0 }, says: "auditWebhook.bufferSize must be a whole number above 0" },
  ])("is refused: $says", ({ given, says }) => {
    expect(() => readAuditWebhook(given, "/")).toThrow(says);
  });
});
