import { execFile } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import * as https from "node:https";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { startSandboxCluster, type ClusterOptions, type RunningCluster } from "../../src/cluster";
import { objectOf, stringOf, type JsonObject } from "../../src/json";
import { extractKubectl } from "../../src/kubectl";
import type { ClusterScenario } from "../../src/scenario-types";

/** A small cluster: two nodes, nothing in it. */
export const smallScenario: ClusterScenario = {
  name: "small",
  podCidr: "10.50.0.0/24",
  serviceCidr: "10.150.0.0/24",
  nodes: ["small-1", "small-2"],
  labels: { "topology.kubernetes.io/region": "test" },
  manifests: [],
};

/** A running cluster with its state folder. */
export interface TestCluster extends RunningCluster {
  readonly stateDir: string;
  /** What the cluster reported as errors of its own; a test that expects some takes them out. */
  readonly errors: unknown[];
  /** Answers with the code and the JSON of the body. */
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Runs kubectl as the administrator. */
  kubectl(args: readonly string[], input?: string): Promise<Output>;
  /** Stops the cluster and removes its state; rejects where it reported errors of its own. */
  destroy(): Promise<void>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** Instead of the administrator's certificate. */
  readonly token?: string;
  readonly anonymous?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly code: number;
  readonly body: JsonObject;
  readonly text: string;
  readonly contentType: string;
  readonly warning: string;
}

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes a folder that the caller removes. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "isthmus-sandbox-"));
}

/** Where the tools of tests are kept, from run to run. */
export const toolsFolder = path.join(tmpdir(), "isthmus-test-kubectl-1.35");

/** Starts a cluster in this process; `stateDir` takes up an earlier one's state. */
export async function startTestCluster(given: Partial<ClusterOptions> = {}): Promise<TestCluster> {
  const errors: unknown[] = [];
  const stateDir = given.stateDir ?? temporaryFolder();
  const running = await startSandboxCluster({
    scenario: smallScenario,
    index: 0,
    host: "127.0.0.1",
    port: 0,
    externalImages: ["example.test/external"],
    now: Date.now,
    newUid: randomUUID,
    randomSuffix: (length) => Array.from({ length }, () => "bcdfghjklm"[randomInt(10)]).join(""),
    onError: (error) => errors.push(error),
    ...given,
    stateDir,
  });
  const keys = objectOf(JSON.parse(readFileSync(path.join(stateDir, "keys.json"), "utf8")));
  return {
    ...running,
    stateDir,
    errors,
    request: (method, at, options = {}) => send(running.apiUrl, keys, { method, path: at, ...options }),
    kubectl: (args, input) => runKubectl(running.kubeconfig, args, input),
    destroy: async () => {
      await running.close();
      rmSync(stateDir, { recursive: true, force: true });
      if (errors.length > 0) throw new AggregateError(errors, "the cluster reported errors of its own");
    },
  };
}

function certificateOf(keys: JsonObject): { ca: string; cert: string; key: string } {
  const [authority, admin] = [objectOf(keys["authority"]), objectOf(keys["admin"])];
  return {
    ca: stringOf(authority["certificate"]),
    cert: stringOf(admin["certificate"]),
    key: stringOf(admin["privateKey"]),
  };
}

type Sent = RequestOptions & { readonly method: string; readonly path: string };

function send(apiUrl: string, keys: JsonObject, sent: Sent): Promise<Answer> {
  const { ca, cert, key } = certificateOf(keys);
  const body =
    sent.body === undefined ? undefined : typeof sent.body === "string" ? sent.body : JSON.stringify(sent.body);
  const certificate = sent.token !== undefined || sent.anonymous === true ? {} : { cert, key };
  const headers = {
    ...sent.headers,
    accept: sent.accept ?? "application/json",
    ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
    ...(body === undefined
      ? {}
      : { "content-type": sent.contentType ?? "application/json", "content-length": Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const request = https.request(new URL(sent.path, apiUrl), {
      method: sent.method,
      ca,
      ...certificate,
      headers,
      agent: false,
    });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const contentType = response.headers["content-type"] ?? "";
        const parsed = contentType.includes("json") && !text.includes("}\n{") ? objectOf(JSON.parse(text || "{}")) : {};
        const warning = response.headers["warning"] ?? "";
        resolve({ code: response.statusCode ?? 0, body: parsed, text, contentType, warning });
      });
      response.on("error", reject);
    });
    request.end(body);
  });
}

async function runKubectl(kubeconfig: string, args: readonly string[], input?: string): Promise<Output> {
  const kubectl = await extractKubectl(toolsFolder);
  return new Promise((resolve) => {
    const child = execFile(
      kubectl,
      ["--kubeconfig", kubeconfig, ...args],
      { timeout: 60_000 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end(input ?? "");
  });
}

/** Resolves when `holds` is true; asks again after each turn of the store's events, for ten seconds at most. */
export async function until(cluster: TestCluster, holds: () => boolean): Promise<void> {
  if (holds()) return;
  const { store } = cluster.cluster;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => finish(() => reject(new Error("the condition did not come to hold"))), 10_000);
    const stop = store.subscribe("*", () => {
      setImmediate(() => {
        if (holds()) finish(resolve);
      });
    });
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      stop();
      settle();
    };
  });
}
