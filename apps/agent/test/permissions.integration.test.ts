import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CALICO_KINDS, listAt, type KubeObject, type KubernetesApi } from "@isthmus/k8s";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exercises, noting } from "./support/exercise";
import { agentToken, filledManifest, install } from "./support/install";
import { apiOf, startSandbox, writeTokenKubeconfig, type RunningSandbox } from "./support/sandbox";

/** One permission: a verb on a resource or on a path. */
interface Grant {
  readonly text: string;
  /** As exercises name what they touch. */
  readonly touches: string;
  readonly role: KubeObject;
  readonly rule: object;
}

/**
 * Every grant is tried where Calico's own API server serves its kinds: there both groups are read, and tiers are asked
 * about on reading as well as on writing.
 */
const TRIED_IN = "aggregated";
const STYLES = ["native", TRIED_IN, "crd-only"] as const;
const scenario = {
  clusters: STYLES.map((calicoApi) => ({ name: calicoApi, calicoApi, nodes: 1 })),
};

const home = mkdtempSync(join(tmpdir(), "isthmus-permissions-test-"));
let sandbox: RunningSandbox;
/** By style. */
const agents = new Map<string, KubernetesApi>();
let grants: readonly Grant[];

const strings = (rule: unknown, field: string): readonly string[] => listAt(rule, field).map(String);

function grantsOf(role: KubeObject): readonly Grant[] {
  return listAt(role, "rules").flatMap((rule): readonly Grant[] => {
    const verbs = strings(rule, "verbs");
    const paths = strings(rule, "nonResourceURLs").flatMap((path) =>
      verbs.map((verb) => ({
        text: `${verb} ${path}`,
        touches: path,
        rule: { nonResourceURLs: [path], verbs: [verb] },
      })),
    );
    const names = strings(rule, "resourceNames");
    const limited = names.length === 0 ? {} : { resourceNames: names };
    const resources = strings(rule, "apiGroups").flatMap((group) =>
      strings(rule, "resources").flatMap((resource) =>
        verbs.map((verb) => ({
          text: `${verb} ${group}/${resource}${names.length === 0 ? "" : ` ${names.join()}`}`,
          touches: `${group}/${resource}`,
          rule: { apiGroups: [group], resources: [resource], verbs: [verb], ...limited },
        })),
      ),
    );
    return [...paths, ...resources].map((grant) => ({ ...grant, role }));
  });
}

async function writeRules(role: KubeObject, rules: readonly object[]): Promise<void> {
  const plural = `${role.kind.toLowerCase()}s`;
  const kind = { apiVersion: role.apiVersion, kind: role.kind, plural, namespaced: role.kind === "Role" };
  const { name, namespace } = role.metadata;
  const { api } = sandbox.cluster(TRIED_IN);
  const found = await api.get(kind, { name, ...(namespace === undefined ? {} : { namespace }) });
  if (!found.ok) throw new Error(found.error.message);
  const written = await api.update(kind, { ...found.value, rules });
  if (!written.ok) throw new Error(written.error.message);
}

/** What the API server forbids while what touches something is done. */
async function forbidden(style: string, touches?: string): Promise<readonly string[]> {
  const found: string[] = [];
  const agent = agents.get(style);
  if (agent === undefined) throw new Error(`there is no cluster ${style}`);
  const api = noting(agent, found);
  const touching = exercises.filter((each) => touches === undefined || each.touches.includes(touches));
  await Promise.all(touching.map(({ run }) => run(api)));
  return found;
}

async function takeAwayDefaults(api: KubernetesApi): Promise<void> {
  const kind = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    namespaced: false,
  };
  for (const name of ["system:basic-user", "system:discovery", "system:public-info-viewer"]) {
    const found = await api.get(kind, { name });
    if (found.ok) await api.remove(kind, { name }, found.value.metadata.uid ?? "");
  }
}

async function prepare(style: string, objects: readonly KubeObject[]): Promise<void> {
  const cluster = sandbox.cluster(style);
  await install(cluster.api, [calicoSystem, ...objects]);
  const tier = {
    apiVersion: "projectcalico.org/v3",
    kind: "Tier",
    metadata: { name: "permissions" },
    spec: { order: 600 },
  };
  await cluster.api.create(CALICO_KINDS.tiers, tier);
  await takeAwayDefaults(cluster.api);
  const kubeconfig = join(home, style);
  writeTokenKubeconfig({ sandbox: cluster, token: await agentToken(cluster.api) }, kubeconfig);
  agents.set(style, await apiOf(kubeconfig));
}

const calicoSystem = { apiVersion: "v1", kind: "Namespace", metadata: { name: "calico-system" } };

beforeAll(async () => {
  sandbox = await startSandbox(scenario);
  const values = {
    imagePullPolicy: "Never",
    grantSecretBase64: "",
    caBundle: "",
    goldmaneTlsSecret: "whisker-backend-key-pair",
    goldmaneCaConfigMap: "goldmane-ca-bundle",
  };
  const objects = filledManifest(
    new Proxy(values as Record<string, string>, { get: (found, name: string) => found[name] ?? "x" }),
  );
  await Promise.all(STYLES.map((style) => prepare(style, objects)));
  grants = objects.filter(({ kind }) => kind === "ClusterRole" || kind === "Role").flatMap(grantsOf);
}, 120_000);

afterAll(async () => {
  for (const agent of agents.values()) agent.close();
  await sandbox?.stop();
  rmSync(home, { recursive: true, force: true });
});

it.each(STYLES)("the manifest permits all that the agent does, with Calico's kinds %s", async (style) => {
  expect(await forbidden(style)).toEqual([]);
});

/** Whether a refusal says what was taken away: its verb and its resource, or that no tier is left to read. */
function names(refusal: string, { text, touches }: Grant): boolean {
  const [verb = ""] = text.split(" ");
  const [, resource = ""] = /\/(?:tier\.)?([^/*]*)\/?\*?$/u.exec(touches) ?? [];
  return (
    refusal.includes(resource) && (refusal.includes(` ${verb} `) || refusal.includes("tiered policy is forbidden"))
  );
}

it("without any one of its permissions something that the agent does is refused, and the refusal names it", async () => {
  const unmissed: string[] = [];
  for (const role of new Set(grants.map((grant) => grant.role))) {
    const all = grants.filter((grant) => grant.role === role);
    for (const grant of all) {
      await writeRules(
        role,
        all.filter((each) => each !== grant).map(({ rule }) => rule),
      );
      const refusals = await forbidden(TRIED_IN, grant.touches);
      if (!refusals.some((refusal) => names(refusal, grant))) unmissed.push(`${grant.text}: ${refusals.join("; ")}`);
    }
    await writeRules(
      role,
      all.map(({ rule }) => rule),
    );
  }
  expect(unmissed, "grants that nobody misses").toEqual([]);
  expect(await forbidden(TRIED_IN)).toEqual([]);
});
