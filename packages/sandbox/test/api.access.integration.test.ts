import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, issueCertificate } from "../src/auth/pki";
import { stringOf, valueAt, type JsonObject } from "../src/json";
import { startTestCluster, type TestCluster } from "./api/fixture";

const rbac = "rbac.authorization.k8s.io/v1";
const policies = "/apis/projectcalico.org/v3/globalnetworkpolicies";
const accounts = "/api/v1/namespaces/default/serviceaccounts";

describe("who may do what", () => {
  let cluster: TestCluster;
  let clockMs = Date.now();
  let token = "";

  const createToken = async (account: string, spec: JsonObject = {}) => {
    const at = `${accounts}/${account}/token`;
    const answer = await cluster.request("POST", at, {
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec },
    });
    return { ...answer, token: stringOf(valueAt(answer.body, "status", "token")) };
  };
  const grant = async (name: string, rules: readonly JsonObject[]) => {
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
    const subjects = [{ kind: "ServiceAccount", name: "agent", namespace: "default" }];
    const base = "/apis/rbac.authorization.k8s.io/v1";
    await cluster.request("POST", `${base}/clusterroles`, {
      body: { apiVersion: rbac, kind: "ClusterRole", metadata: { name }, rules },
    });
    await cluster.request("POST", `${base}/clusterrolebindings`, {
      body: { apiVersion: rbac, kind: "ClusterRoleBinding", metadata: { name }, roleRef, subjects },
    });
  };
  const policy = (name: string, tier: string) => ({
    apiVersion: "projectcalico.org/v3",
    kind: "GlobalNetworkPolicy",
    metadata: { name },
    spec: { tier, selector: "all()" },
  });

  beforeAll(async () => {
    cluster = await startTestCluster({ now: () => clockMs });
    await cluster.request("POST", accounts, {
      body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "agent" } },
    });
    for (const name of ["ours", "theirs"]) {
      const tier = { apiVersion: "projectcalico.org/v3", kind: "Tier", metadata: { name }, spec: { order: 10 } };
      await cluster.request("POST", "/apis/projectcalico.org/v3/tiers", { body: tier });
    }
    token = (await createToken("agent")).token;
  });
  afterAll(() => cluster.destroy());

  const agent = "system:serviceaccount:default:agent";
  const refusals = [
    {
      name: "a list in a namespace",
      method: "GET",
      at: "/api/v1/namespaces/default/pods",
      message: `pods is forbidden: User "${agent}" cannot list resource "pods" in API group "" in the namespace "default"`,
    },
    {
      name: "a watch of all namespaces",
      method: "GET",
      at: "/api/v1/pods?watch=1",
      message: `pods is forbidden: User "${agent}" cannot watch resource "pods" in API group "" at the cluster scope`,
    },
    {
      name: "a get by name",
      method: "GET",
      at: "/apis/apps/v1/namespaces/default/deployments/web",
      message: `deployments.apps "web" is forbidden: User "${agent}" cannot get resource "deployments" in API group "apps" in the namespace "default"`,
    },
    {
      name: "a subresource",
      method: "PATCH",
      at: "/api/v1/namespaces/default/pods/web/status",
      message: `pods/status "web" is forbidden: User "${agent}" cannot patch resource "pods/status" in API group "" in the namespace "default"`,
    },
    {
      name: "a deletion of many",
      method: "DELETE",
      at: "/api/v1/namespaces/default/secrets",
      message: `secrets is forbidden: User "${agent}" cannot deletecollection resource "secrets" in API group "" in the namespace "default"`,
    },
    { name: "a path", method: "GET", at: "/metrics", message: `forbidden: User "${agent}" cannot get path "/metrics"` },
  ];
  it.each(refusals)("refuses $name in Kubernetes' words", async ({ method, at, message }) => {
    expect(await cluster.request(method, at, { token })).toMatchObject({
      code: 403,
      body: { kind: "Status", reason: "Forbidden", message },
    });
  });

  it("lets everybody who is known discover, and nobody else", async () => {
    for (const at of ["/api", "/apis", "/version", "/apis/projectcalico.org/v3", "/openapi/v3"]) {
      expect({ at, ...(await cluster.request("GET", at, { token })) }).toMatchObject({ at, code: 200 });
    }
    expect(await cluster.request("GET", "/healthz", { anonymous: true })).toMatchObject({ code: 200, text: "ok" });
    expect(await cluster.request("GET", "/api", { anonymous: true })).toMatchObject({
      code: 403,
      body: { message: 'forbidden: User "system:anonymous" cannot get path "/api"' },
    });
  });

  it("takes resourceNames at their word", async () => {
    await grant("one-secret", [
      { apiGroups: [""], resources: ["secrets"], resourceNames: ["mine"], verbs: ["get", "update"] },
    ]);
    for (const name of ["mine", "yours"]) {
      await cluster.request("POST", "/api/v1/namespaces/default/secrets", {
        body: { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { a: "b" } },
      });
    }
    const get = (name: string) => cluster.request("GET", `/api/v1/namespaces/default/secrets/${name}`, { token });
    expect(await get("mine")).toMatchObject({ code: 200, body: { data: { a: "Yg==" } } });
    expect(await get("yours")).toMatchObject({ code: 403 });
    expect(await cluster.request("GET", "/api/v1/namespaces/default/secrets", { token })).toMatchObject({ code: 403 });
  });

  it("asks for the tier beside the policy, as Calico does", async () => {
    const create = (name: string, tier: string) =>
      cluster.request("POST", policies, { token, body: policy(name, tier) });
    await grant("policies", [{ apiGroups: ["projectcalico.org"], resources: ["globalnetworkpolicies"], verbs: ["*"] }]);
    expect(await create("ours.a", "ours")).toMatchObject({
      code: 403,
      body: {
        message: `globalnetworkpolicies.projectcalico.org "ours.a" is forbidden: User "${agent}" cannot create globalnetworkpolicies.projectcalico.org in tier "ours" (user cannot get tier)`,
      },
    });
    await grant("tiers", [{ apiGroups: ["projectcalico.org"], resources: ["tiers"], verbs: ["get"] }]);
    expect((await create("ours.a", "ours")).body["message"]).toBe(
      `globalnetworkpolicies.projectcalico.org "ours.a" is forbidden: User "${agent}" cannot create globalnetworkpolicies.projectcalico.org in tier "ours"`,
    );
    await grant("ours", [
      {
        apiGroups: ["projectcalico.org"],
        resources: ["tier.globalnetworkpolicies"],
        resourceNames: ["ours.*"],
        verbs: ["*"],
      },
    ]);
    expect(await create("ours.a", "ours")).toMatchObject({ code: 201 });
    expect(await create("theirs.a", "theirs")).toMatchObject({ code: 403 });
    const relabel = { contentType: "application/merge-patch+json", body: { metadata: { labels: { a: "b" } } }, token };
    expect(await cluster.request("PATCH", `${policies}/ours.a`, relabel)).toMatchObject({ code: 200 });
    const applied = { contentType: "application/apply-patch+yaml", token };
    const apply = (name: string, tier: string) =>
      cluster.request("PATCH", `${policies}/${name}?fieldManager=agent`, { ...applied, body: policy(name, tier) });
    expect(await apply("ours.b", "ours")).toMatchObject({ code: 201 });
    expect(await apply("theirs.b", "theirs")).toMatchObject({ code: 403 });
    const move = { contentType: "application/merge-patch+json", body: { spec: { tier: "theirs" } }, token };
    expect(await cluster.request("PATCH", `${policies}/ours.a`, move)).toMatchObject({ code: 403 });
    const jsonPatch = {
      contentType: "application/json-patch+json",
      body: [{ op: "replace", path: "/spec/tier", value: "theirs" }],
      token,
    };
    expect(await cluster.request("PATCH", `${policies}/ours.a`, jsonPatch)).toMatchObject({ code: 403 });
    expect(await cluster.request("DELETE", `${policies}/ours.a`, { token })).toMatchObject({ code: 200 });
  });

  it("lets nobody give away what they do not hold", async () => {
    const group = "rbac.authorization.k8s.io";
    await grant("granting", [{ apiGroups: [group], resources: ["clusterroles"], verbs: ["create"] }]);
    const create = (name: string, verbs: readonly string[]) => {
      const rules = [{ apiGroups: ["projectcalico.org"], resources: ["tiers"], verbs }];
      const body = { apiVersion: rbac, kind: "ClusterRole", metadata: { name }, rules };
      return cluster.request("POST", `/apis/${group}/v1/clusterroles`, { token, body });
    };
    expect(await create("held", ["get"])).toMatchObject({ code: 201 });
    const refused = await create("more", ["get", "delete"]);
    expect(refused).toMatchObject({ code: 403, body: { reason: "Forbidden" } });
    const missing = '{APIGroups:["projectcalico.org"], Resources:["tiers"], Verbs:["delete"]}';
    expect(refused.body["message"]).toContain(missing);
  });

  it("accepts a token until it ends, and no other", async () => {
    expect(await createToken("agent", { expirationSeconds: 60 })).toMatchObject({
      code: 422,
      body: { reason: "Invalid" },
    });
    const short = await createToken("agent", { expirationSeconds: 600 });
    const review = async (audiences?: readonly string[]) => {
      const spec = { token: short.token, ...(audiences ? { audiences } : {}) };
      const { body } = await cluster.request("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
        body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", spec },
      });
      return body["status"];
    };
    expect(await review()).toMatchObject({ authenticated: true, user: { username: agent } });
    expect(await review(["elsewhere"])).toMatchObject({ user: {} });
    clockMs += 601_000;
    expect(await cluster.request("GET", "/version", { token: short.token })).toMatchObject({
      code: 401,
      body: { reason: "Unauthorized", message: "Unauthorized" },
    });
    const [head = "", body = ""] = token.split(".");
    expect(await cluster.request("GET", "/version", { token: `${head}.${body}.${"A".repeat(86)}` })).toMatchObject({
      code: 401,
    });
    expect(await cluster.request("GET", "/version", { token: "nonsense" })).toMatchObject({ code: 401 });
    expect(await cluster.request("GET", "/version", { token })).toMatchObject({ code: 200 });
  });

  it("ends a token with its account or pod", async () => {
    const body = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "brief" } };
    await cluster.request("POST", accounts, { body });
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "holder" },
      spec: { serviceAccountName: "brief", containers: [{ name: "a", image: "a:1" }] },
    };
    await cluster.request("POST", "/api/v1/namespaces/default/pods", { body: pod });
    const bound = await createToken("brief", { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "holder" } });
    const free = await createToken("brief");
    const use = async (used: string) => (await cluster.request("GET", "/version", { token: used })).code;
    expect([await use(bound.token), await use(free.token)]).toEqual([200, 200]);
    await cluster.request("DELETE", "/api/v1/namespaces/default/pods/holder");
    expect([await use(bound.token), await use(free.token)]).toEqual([401, 200]);
    await cluster.request("DELETE", `${accounts}/brief`);
    await cluster.request("POST", accounts, { body });
    expect(await use(free.token)).toBe(401);
  });

  it("knows no certificate of another authority", async () => {
    const authority = await createAuthority("stranger", Date.now());
    const pair = await issueCertificate(authority, {
      commonName: "admin",
      organisations: ["system:masters"],
      usage: "client",
      now: Date.now(),
    });
    const { port, hostname } = new URL(cluster.apiUrl);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = connect({
        host: hostname,
        port: Number(port),
        cert: pair.certificate,
        key: pair.privateKey,
        rejectUnauthorized: false,
      });
      let received = "";
      socket.on("secureConnect", () => socket.write("GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
      socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
      socket.on("close", () => resolve(received));
      socket.on("error", reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 401/);
  });

  it("impersonates only for who may", async () => {
    const as = async (name: string, used?: string) => {
      const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
      const at = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
      const headers = { "impersonate-user": name };
      return cluster.request("POST", at, { body: review, headers, ...(used ? { token: used } : {}) });
    };
    expect((await as("jane")).body).toMatchObject({
      status: { userInfo: { username: "jane", groups: ["system:authenticated"] } },
    });
    expect(await as("jane", token)).toMatchObject({ code: 403 });
  });

  it("gives a pod its account's volume, and each namespace its account and authority", async () => {
    const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: "fresh" } };
    await cluster.request("POST", "/api/v1/namespaces", { body });
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: [{ name: "a", image: "a:1" }] },
    };
    const created = await cluster.request("POST", "/api/v1/namespaces/fresh/pods", { body: pod });
    expect(created.body).toMatchObject({
      spec: {
        serviceAccountName: "default",
        volumes: [{ projected: { sources: [{ serviceAccountToken: { path: "token" } }, {}, {}] } }],
      },
    });
    const authority = await cluster.request("GET", "/api/v1/namespaces/fresh/configmaps/kube-root-ca.crt");
    expect(stringOf(valueAt(authority.body, "data", "ca.crt"))).toContain("BEGIN CERTIFICATE");
    const stranger = { ...pod, metadata: { name: "q" }, spec: { ...pod.spec, serviceAccountName: "nobody" } };
    expect(await cluster.request("POST", "/api/v1/namespaces/fresh/pods", { body: stranger })).toMatchObject({
      code: 403,
      body: {
        message:
          'pods "q" is forbidden: error looking up service account fresh/nobody: serviceaccount "nobody" not found',
      },
    });
  });
});
