import { Agent, request, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import type { ClusterAccess } from "./kubeconfig";

/** An answer of the API server that is not a success. */
export class KubernetesApiError extends Error {
  override readonly name = "KubernetesApiError";
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The few calls that a container runtime makes. */
export interface KubernetesApi {
  get<T>(path: string): Promise<T>;
  send<T>(method: "POST" | "PATCH" | "DELETE", path: string, body: unknown): Promise<T>;
  /** Calls `onEvent` for each watch event until the stream ends or `signal` aborts. */
  watch(path: string, onEvent: (event: unknown) => void, signal: AbortSignal): Promise<void>;
}

const CONTENT_TYPES = {
  POST: "application/json",
  PATCH: "application/merge-patch+json",
  DELETE: "application/json",
} as const;

/** Speaks to one cluster's API server with its administrator's client certificate. */
export function createKubernetesApi(access: ClusterAccess): KubernetesApi {
  const agent = new Agent({ keepAlive: true, ca: access.ca, cert: access.cert, key: access.key });
  const open = (path: string, options: RequestOptions, body?: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(new URL(path, access.server), { agent, ...options }, resolve);
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  const call = async <T>(path: string, options: RequestOptions, body?: string): Promise<T> => {
    const response = await open(path, options, body);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const status = response.statusCode ?? 0;
    if (status >= 300) throw new KubernetesApiError(status, messageOf(text));
    return JSON.parse(text) as T;
  };
  return {
    get: (path) => call(path, { method: "GET" }),
    send: (method, path, body) =>
      call(path, { method, headers: { "content-type": CONTENT_TYPES[method] } }, JSON.stringify(body)),
    async watch(path, onEvent, signal) {
      const response = await open(path, { method: "GET", signal });
      let partial = "";
      for await (const chunk of response) {
        const lines = (partial + String(chunk)).split("\n");
        partial = lines.pop() ?? "";
        for (const line of lines) if (line !== "") onEvent(JSON.parse(line));
      }
    },
  };
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text;
  }
}
