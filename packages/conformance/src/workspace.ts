import { setTimeout as pause } from "node:timers/promises";
import { listAt, textAt, type ClusterAccess } from "@isthmus/k8s";
import { createApiUnderTest, type Answered, type ApiUnderTest, type Asked } from "./api-under-test";
import { ClauseBroken } from "./clause";
import { expectOk, expectThat } from "./expect";

const PATIENCE_MS = 30_000;
const ASK_AGAIN_MS = 50;

/** Borne by everything that a run creates; its value names the run. */
export const RUN_LABEL = "isthmus.io/conformance-run";

/** Where a clause works: a namespace of its run, and what it makes outside of one, all taken away afterwards. */
export interface Workspace {
  readonly api: ApiUnderTest;
  readonly namespace: string;
  /** A name that nothing else in the cluster bears, `isthmus-<hint>-<run>-<number>`. */
  readonly name: (hint: string) => string;
  /** `/api/v1/namespaces/<namespace>/<path>`. */
  readonly core: (path: string) => string;
  /** `/apis/<groupVersion>/namespaces/<namespace>/<path>`. */
  readonly inGroup: (groupVersion: string, path: string) => string;
  /** A ConfigMap's manifest with the run's label. */
  readonly configMap: (name: string, rest?: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Creates an object that must be taken away by name, since no namespace takes it along. */
  readonly createClusterWide: (collection: string, object: Readonly<Record<string, unknown>>) => Promise<Answered>;
  /** A namespace besides, which is taken away as well. */
  readonly createNamespace: (hint: string) => Promise<string>;
  /** A service account of this namespace without any right, speaking with a token of its own. */
  readonly createAccount: (
    hint: string,
  ) => Promise<{ readonly name: string; readonly api: ApiUnderTest; readonly token: string }>;
  /** The API as somebody with this token, or as nobody. */
  readonly as: (token: string | undefined) => ApiUnderTest;
  /** Asks again until the answer satisfies the test; breaks the clause after thirty seconds. */
  readonly eventually: (
    what: string,
    question: () => Promise<Answered>,
    holds: (answer: Answered) => boolean,
  ) => Promise<Answered>;
}

/** A run's workspaces: one namespace each, so that clauses may run side by side. */
export interface Run {
  readonly id: string;
  /** Opens a namespace, works in it, and takes away whatever was made. */
  inWorkspace<T>(work: (workspace: Workspace) => Promise<T>): Promise<T>;
  /** Waits until the run's namespaces are gone, a minute at most; answers the names of those that are not. */
  leftovers(): Promise<readonly string[]>;
  close(): void;
}

export interface RunOptions {
  readonly access: ClusterAccess;
  /** A DNS label of at most twelve characters, fresh for every run. */
  readonly id: string;
}

/** Prepares a run against one cluster. */
export function createRun({ access, id }: RunOptions): Run {
  const admin = createApiUnderTest(access);
  let made = 0;
  const name = (hint: string) => `isthmus-${hint}-${id}-${(made += 1)}`;
  return {
    id,
    close: () => admin.close(),
    leftovers: () => awaitNamespaces(admin, id),
    inWorkspace: async (work) => {
      const left: string[] = [];
      const others: ApiUnderTest[] = [];
      const createNamespace = async (hint: string) => {
        const metadata = { name: name(hint), labels: { [RUN_LABEL]: id } };
        left.push(`/api/v1/namespaces/${metadata.name}`);
        expectOk(
          await admin.ask("POST", "/api/v1/namespaces", { body: { apiVersion: "v1", kind: "Namespace", metadata } }),
        );
        return metadata.name;
      };
      const as = (token: string | undefined) => {
        const { clientCertificate: _, token: __, ...rest } = access;
        const source =
          token === undefined ? {} : { token: { token: () => Promise.resolve(token), reject: () => undefined } };
        const api = createApiUnderTest({ ...rest, ...source });
        others.push(api);
        return api;
      };
      try {
        const namespace = await createNamespace("run");
        return await work({
          api: admin,
          namespace,
          name,
          as,
          createNamespace,
          ...pathsOf(namespace),
          configMap: (called, rest = {}) => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: called, labels: { [RUN_LABEL]: id } },
            ...rest,
          }),
          createClusterWide: async (collection, object) => {
            left.unshift(`${collection}/${textAt(object, "metadata", "name")}`);
            return admin.ask("POST", collection, { body: object });
          },
          createAccount: (hint) => createAccount({ api: admin, namespace, name: name(hint), as }),
          eventually,
        });
      } finally {
        for (const api of others) api.close();
        for (const path of left) await takeAway(admin, path);
      }
    },
  };
}

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
  for (;;) {
    const answer = await question();
    if (holds(answer)) return answer;
    if (Date.now() > giveUp)
      throw new ClauseBroken(`it did not come to this: ${what}; last seen: ${answer.text.slice(0, 500)}`);
    await pause(ASK_AGAIN_MS);
  }
}

async function awaitNamespaces(api: ApiUnderTest, id: string): Promise<readonly string[]> {
  const giveUp = Date.now() + 2 * PATIENCE_MS;
  for (;;) {
    const answer = await api.ask("GET", `/api/v1/namespaces?labelSelector=${encodeURIComponent(`${RUN_LABEL}=${id}`)}`);
    const names = listAt(expectOk(answer).body, "items").map((each) => textAt(each, "metadata", "name"));
    if (names.length === 0 || Date.now() > giveUp) return names;
    await pause(ASK_AGAIN_MS * 5);
  }
}

/** Deletes what a clause left. */
async function takeAway(api: ApiUnderTest, path: string): Promise<void> {
  const answer = await api.ask("DELETE", path);
  if (answer.code === 404) return;
  expectOk(answer);
}
