import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKubernetesApi, listAt, loadAccess, type KubeObject, type KubernetesApi } from "@isthmus/k8s";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exercises, noting } from "./support/exercise";
import { agentToken, filledManifest, install } from "./support/install";
import { startSandbox, writeTokenKubeconfig, type RunningSandbox } from "./support/sandbox";

/** One permission: a verb on a resource or on a path. */
interface Grant {
  readonly text: string;
  /** As exercises name what they touch. */
  readonly touches: string;
  readonly role: KubeObject;
  readonly rule: object;
}

/** Grants that this sandbox cannot show to be needed, and why they are. */
const UNPROVED: readonly { readonly what: RegExp; readonly why: string }[] = [
  {
    what: /^(get|list|watch) projectcalico\.org\/tier\./u,
    why: "only Calico's own API server asks about them on reading (its authorizer: every verb, tier by tier)",
  },
  {
    what: /^watch crd\.projectcalico\.org\//u,
    why: "a watch follows a list, and this sandbox does not serve the group",
  },
];

const home = mkdtempSync(join(tmpdir(), "isthmus-permissions-test-"));
let sandbox: RunningSandbox;
let agent: KubernetesApi;
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
  const found = await sandbox.api.get(kind, { name, ...(namespace === undefined ? {} : { namespace }) });
  if (!found.ok) throw new Error(found.error.message);
  const written = await sandbox.api.update(kind, { ...found.value, rules });
  if (!written.ok) throw new Error(written.error.message);
}

/** What the API server forbids while what touches something is done. */
async function forbidden(touches?: string): Promise<readonly string[]> {
  const found: string[] = [];
  const api = noting(agent, found);
  for (const exercise of exercises) {
    if (touches === undefined || exercise.touches.includes(touches)) await exercise.run(api);
  }
  return found;
}

async function takeAwayDefaults(): Promise<void> {
  const kind = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    namespaced: false,
  };
  for (const name of ["system:basic-user", "system:discovery", "system:public-info-viewer"]) {
    const found = await sandbox.api.get(kind, { name });
    if (found.ok) await sandbox.api.remove(kind, { name }, found.value.metadata.uid ?? "");
  }
}

beforeAll(async () => {
  sandbox = await startSandbox();
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
  await install(sandbox.api, objects);
  const tier = {
    apiVersion: "projectcalico.org/v3",
    kind: "Tier",
    metadata: { name: "permissions" },
    spec: { order: 600 },
  };
  await sandbox.api.create(
    { apiVersion: "projectcalico.org/v3", kind: "Tier", plural: "tiers", namespaced: false },
    tier,
  );
  await takeAwayDefaults();
  const kubeconfig = join(home, "kubeconfig");
  writeTokenKubeconfig({ sandbox, token: await agentToken(sandbox.api) }, kubeconfig);
  const access = await loadAccess({ kubeconfig }, Date.now);
  if (!access.ok) throw new Error(access.error.message);
  agent = createKubernetesApi(access.value);
  grants = objects.filter(({ kind }) => kind === "ClusterRole" || kind === "Role").flatMap(grantsOf);
}, 120_000);

afterAll(async () => {
  agent?.close();
  await sandbox?.stop();
  rmSync(home, { recursive: true, force: true });
});

it("the manifest permits all that the agent does", async () => {
  expect(await forbidden()).toEqual([]);
});

it("without any one of its permissions something that the agent does is refused, and the refusal names it", async () => {
  const missed: string[] = [];
  const unmissed: string[] = [];
  for (const grant of grants) {
    const others = grants.filter(({ role }) => role === grant.role).filter((each) => each !== grant);
    await writeRules(
      grant.role,
      others.map(({ rule }) => rule),
    );
    const refusals = await forbidden(grant.touches);
    const [verb = ""] = grant.text.split(" ");
    const resource =
      grant.touches
        .split("/")
        .at(-1)
        ?.replace(/^tier\./u, "") ?? "";
    const named = refusals.some(
      (text) => text.includes(` ${verb} `) && (text.includes(resource) || text.includes("path")),
    );
    (named ? missed : unmissed).push(grant.text);
    await writeRules(
      grant.role,
      [...others, grant].map(({ rule }) => rule),
    );
  }
  const unexplained = unmissed.filter((text) => !UNPROVED.some(({ what }) => what.test(text)));
  expect(unexplained, "grants that nobody misses").toEqual([]);
  // What is explained away must not be what could be shown.
  expect(missed.filter((text) => UNPROVED.some(({ what }) => what.test(text)))).toEqual([]);
  process.stdout.write(`permissions: ${missed.length} shown to be needed, ${unmissed.length} explained\n`);
  expect(await forbidden()).toEqual([]);
});
