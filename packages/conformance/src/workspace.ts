import { setTimeout as pause } from "node:timers/promises";
import { listAt, textAt, type ClusterAccess } from "@isthmus/k8s";
import { createApiUnderTest, type Answered, type ApiUnderTest, type Asked } from "./api-under-test";
import { ClauseBroken } from "./clause";
import { expectOk, expectThat } from "./expect";
import { createGoldmaneUnderTest, type GoldmaneAccess, type GoldmaneUnderTest } from "./goldmane-under-test";

/** Pods whose image is pulled first, and namespaces that are emptied by many workers, take their time. */
const PATIENCE_MS = 120_000;
const LEAVING_MS = 30_000;
const ASK_AGAIN_MS = 50;
const ASK_AGAIN_AT_MOST_MS = 1_000;

/** Borne by everything that a run creates; its value names the run. */
export const RUN_LABEL = "isthmus.io/conformance-run";

/** The beginning of every finalizer that a clause sets; what bears one is let go when the clause has ended. */
export const FINALIZER_PREFIX = "conformance.isthmus.io/";

/** Where a clause works: a namespace of its run, and what it makes outside of one, all taken away afterwards. */
export interface Workspace {
  readonly api: ApiUnderTest;
  /** The cluster's Goldmane; only a clause that needs one may use it. */
  readonly goldmane: () => GoldmaneUnderTest;
  readonly namespace: string;
  /** A name that nothing else in the cluster bears, `isthmus-<hint>-<run>-<number>`. */
  readonly name: (hint: string) => string;
  /** `/api/v1/namespaces/<namespace>/<path>`. */
  readonly core: (path: string) => string;
  /** `/apis/<groupVersion>/namespaces/<namespace>/<path>`. */
  readonly inGroup: (groupVersion: string, path: string) => string;
  /** A ConfigMap's manifest with the run's label. */
  readonly configMap: (name: string, rest?: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Creates an object that is taken away by name, before what was created earlier: no namespace takes it along in time. */
  readonly create: (collection: string, object: Readonly<Record<string, unknown>>) => Promise<Answered>;
  /** Has an object that somebody else creates taken away as if it were made by `create`. */
  readonly takesAway: (path: string) => void;
  /** A namespace besides, which is taken away as well. */
  readonly createNamespace: (hint: string) => Promise<string>;
  /** A service account of this namespace without any right, speaking with a token of its own. */
  readonly createAccount: (
    hint: string,
  ) => Promise<{ readonly name: string; readonly api: ApiUnderTest; readonly token: string }>;
  /** The API as somebody with this token, or as nobody. */
  readonly as: (token: string | undefined) => ApiUnderTest;
  /** Asks again until the answer satisfies the test; breaks the clause after two minutes. */
  readonly eventually: (
    what: string,
    question: () => Promise<Answered>,
    holds: (answer: Answered) => boolean,
  ) => Promise<Answered>;
}

/** A run's workspaces: one namespace each, so that clauses may run side by side. */
export interface Run {
  readonly id: string;
  /** The API as the identity of the access given. */
  readonly api: ApiUnderTest;
  /** Where the run was told how to reach it. */
  readonly goldmane: GoldmaneUnderTest | undefined;
  /** Opens a namespace, works in it, and takes away whatever was made. */
  inWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T>;
  /** Waits until the run's namespaces are gone, two minutes at most; answers what is left, by name or path. */
  leftovers(): Promise<readonly string[]>;
  close(): void;
}

export interface RunOptions {
  readonly access: ClusterAccess;
  /** A DNS label of at most twelve characters, fresh for every run. */
  readonly id: string;
  readonly goldmane?: GoldmaneAccess;
  readonly now: () => number;
}

/** Prepares a run against one cluster. */
export function createRun({ access, id, goldmane: reached, now }: RunOptions): Run {
  const admin = createApiUnderTest(access);
  const goldmane = reached && createGoldmaneUnderTest(reached, now);
  const stuck: string[] = [];
  let made = 0;
  const name = (hint: string) => `isthmus-${hint}-${id}-${(made += 1)}`;
  return {
    id,
    api: admin,
    goldmane,
    close: () => {
      admin.close();
      goldmane?.close();
    },
    leftovers: async () => [...stuck, ...(await awaitNamespaces(admin, id))],
    inWorkspace: async (work) => {
      const left: Left = { objects: [], namespaces: [] };
      const others: ApiUnderTest[] = [];
      const as = (token: string | undefined) => {
        const api = createApiUnderTest(accessWith(access, token));
        others.push(api);
        return api;
      };
      const createNamespace = namespaceMaker(admin, { id, name, left });
      const takesAway = (path: string) => void left.objects.unshift(path);
      try {
        const namespace = await createNamespace("run");
        return await work({
          api: admin,
          goldmane: () => {
            if (!goldmane) throw new Error("a clause without the need `goldmane` asked for it");
            return goldmane;
          },
          namespace,
          name,
          as,
          createNamespace,
          takesAway,
          ...pathsOf(namespace),
          configMap: (called, rest = {}) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: called, labels: { [RUN_LABEL]: id } },
            ...rest,
          }),
          create: async (collection, object) => {
            takesAway(`${collection}/${textAt(object, "metadata", "name")}`);
            return admin.ask("POST", collection, { body: object });
          },
          createAccount: (hint) => createAccount({ api: admin, namespace, name: name(hint), as }),
          eventually,
        });
      } finally {
        for (const api of others) api.close();
        stuck.push(...(await takeAllAway(admin, left)));
      }
    },
  };
}

/** The paths of what a clause made. */
interface Left {
  /** The latest first. */
  readonly objects: string[];
  readonly namespaces: string[];
}

/** The same cluster as somebody with this token, or as nobody. */
function accessWith(access: ClusterAccess, token: string | undefined): ClusterAccess {
  const { clientCertificate: _, token: __, ...rest } = access;
  if (token === undefined) return rest;
  return { ...rest, token: { token: () => Promise.resolve(token), reject: () => undefined } };
}

const namespaceMaker =
  (admin: ApiUnderTest, { id, name, left }: Pick<Run, "id"> & Pick<Workspace, "name"> & { readonly left: Left }) =>
  async (hint: string): Promise<string> => {
    const metadata = { name: name(hint), labels: { [RUN_LABEL]: id } };
    left.namespaces.push(`/api/v1/namespaces/${metadata.name}`);
    expectOk(
      await admin.ask("POST", "/api/v1/namespaces", { body: { apiVersion: "v1", kind: "Namespace", metadata } }),
    );
    return metadata.name;
  };

const pathsOf = (namespace: string) => ({
  core: (path: string) => `/api/v1/namespaces/${namespace}/${path}`,
  inGroup: (groupVersion: string, path: string) => `/apis/${groupVersion}/namespaces/${namespace}/${path}`,
});

interface NewAccount {
  readonly api: ApiUnderTest;
  readonly namespace: string;
  readonly name: string;
  readonly as: (token: string) => ApiUnderTest;
}

async function createAccount({ api, namespace, name, as }: NewAccount) {
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  expectOk(await api.ask("POST", accounts, { body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name } } }));
  const asked: Asked = { body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} } };
  const token = textAt(expectOk(await api.ask("POST", `${accounts}/${name}/token`, asked)).body, "status", "token");
  expectThat(token !== "", "a TokenRequest is answered with a token");
  return { name, token, api: as(token) };
}

async function eventually(
  what: string,
  question: () => Promise<Answered>,
  holds: (answer: Answered) => boolean,
): Promise<Answered> {
  const giveUp = Date.now() + PATIENCE_MS;
  for (let waitMs = ASK_AGAIN_MS; ; waitMs = Math.min(waitMs * 1.5, ASK_AGAIN_AT_MOST_MS)) {
    const answer = await question();
    if (holds(answer)) return answer;
    if (Date.now() > giveUp)
      throw new ClauseBroken(`it did not come to this: ${what}; last seen: ${answer.text.slice(0, 500)}`);
    await pause(waitMs);
  }
}

async function awaitNamespaces(api: ApiUnderTest, id: string): Promise<readonly string[]> {
  const giveUp = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await api.ask("GET", `/api/v1/namespaces?labelSelector=${encodeURIComponent(`${RUN_LABEL}=${id}`)}`);
    const names = listAt(expectOk(answer).body, "items").map((each) => textAt(each, "metadata", "name"));
    if (names.length === 0 || Date.now() > giveUp) return names;
    await pause(ASK_AGAIN_MS * 5);
  }
}

/** Takes away whatever can be; answers the paths of what stays. */
async function takeAllAway(api: ApiUnderTest, { objects, namespaces }: Left): Promise<readonly string[]> {
  const stuck: string[] = [];
  for (const namespace of namespaces) await letGo(api, `${namespace}/configmaps`);
  for (const path of [...objects, ...namespaces]) if (!(await takeAway(api, path))) stuck.push(path);
  return stuck;
}

/** Takes off what clauses hold ConfigMaps by: where one broke off, its namespace would never end otherwise. */
async function letGo(api: ApiUnderTest, maps: string): Promise<void> {
  const answer = await api.ask("GET", maps).catch(() => undefined);
  for (const map of listAt(answer?.body, "items")) {
    const held = listAt(map, "metadata", "finalizers").some((each) => String(each).startsWith(FINALIZER_PREFIX));
    if (!held) continue;
    const asked = { contentType: "application/merge-patch+json", body: { metadata: { finalizers: null } } };
    await api.ask("PATCH", `${maps}/${textAt(map, "metadata", "name")}`, asked).catch(() => undefined);
  }
}

/** Deletes what a clause left; asks again where that is refused for now, as for a tier while it has policies. */
async function takeAway(api: ApiUnderTest, path: string): Promise<boolean> {
  const giveUp = Date.now() + LEAVING_MS;
  for (;;) {
    const { code } = await api.ask("DELETE", path).catch(() => ({ code: 0 }));
    if (code === 404 || (code >= 200 && code < 300)) return true;
    if (Date.now() > giveUp) return false;
    await pause(ASK_AGAIN_MS * 5);
  }
}
