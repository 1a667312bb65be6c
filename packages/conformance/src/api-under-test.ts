import {
  createHttpsTransport,
  isRecord,
  linesOf,
  readBody,
  type ClusterAccess,
  type HttpsTransport,
} from "@isthmus/k8s";
import { ClauseBroken } from "./clause";

const REQUEST_IDLE_MS = 30_000;
const WATCH_PATIENCE_MS = 20_000;

/** A request as a clause writes it; a body that is not text goes out as JSON. */
export interface Asked {
  readonly body?: unknown;
  /** `application/json` where it is left out. */
  readonly contentType?: string;
  readonly accept?: string;
}

/** An answer, read whole. */
export interface Answered {
  readonly code: number;
  /** An empty record where the body is no JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** `METHOD /path`, for messages. */
  readonly request: string;
}

/** One line of a watch. */
export interface WatchLine {
  readonly type: string;
  readonly object: Readonly<Record<string, unknown>>;
}

/** An open watch that gathers its lines. */
export interface Watching {
  readonly lines: readonly WatchLine[];
  /** Resolves with the lines as soon as they satisfy the test; breaks the clause after twenty seconds. */
  until(what: string, holds: (lines: readonly WatchLine[]) => boolean): Promise<readonly WatchLine[]>;
  /** Resolves when the server ends the watch; breaks the clause after twenty seconds. */
  ended(): Promise<readonly WatchLine[]>;
  stop(): void;
}

/** The API of the cluster that is held to the contract, as one identity. */
export interface ApiUnderTest {
  ask(method: string, path: string, asked?: Asked): Promise<Answered>;
  /** Opens a watch at a path that says `watch=1`; breaks the clause where it is refused. */
  watch(path: string): Promise<Watching>;
  close(): void;
}

/** Speaks to a cluster as the identity of the access given. */
export function createApiUnderTest(access: ClusterAccess): ApiUnderTest {
  const transport = createHttpsTransport(access);
  return {
    ask: (method, path, asked = {}) => ask(transport, { method, path, asked }),
    watch: (path) => openWatch(transport, path),
    close: () => transport.close(),
  };
}

async function ask(
  transport: HttpsTransport,
  { method, path, asked }: { readonly method: string; readonly path: string; readonly asked: Asked },
): Promise<Answered> {
  const { body, contentType = "application/json", accept } = asked;
  const answer = await transport.send({
    method,
    path,
    idleTimeoutMs: REQUEST_IDLE_MS,
    ...(accept === undefined ? {} : { accept }),
    ...(body === undefined ? {} : { contentType, body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await readBody(answer);
  return {
    code: answer.statusCode ?? 0,
    body: recordOf(text),
    text,
    headers: answer.headers,
    request: `${method} ${path}`,
  };
}

function recordOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

async function openWatch(transport: HttpsTransport, path: string): Promise<Watching> {
  const stopping = new AbortController();
  const answer = await transport.send({
    method: "GET",
    path,
    idleTimeoutMs: 10 * REQUEST_IDLE_MS,
    signal: stopping.signal,
  });
  if (answer.statusCode !== 200) {
    throw new ClauseBroken(`GET ${path} answered ${answer.statusCode}: ${(await readBody(answer)).slice(0, 500)}`);
  }
  const lines: WatchLine[] = [];
  const changed = new EventTarget();
  const gathering = (async () => {
    try {
      for await (const text of linesOf(answer)) {
        const { type, object } = recordOf(text);
        lines.push({ type: String(type), object: isRecord(object) ? object : {} });
        changed.dispatchEvent(new Event("line"));
      }
    } catch (cause) {
      if (!stopping.signal.aborted) throw cause;
    }
  })();
  // A watch that breaks off is told by `ended` and by the lines that never come.
  gathering.catch(() => undefined);
  return {
    lines,
    until: (what, holds) => waitFor(lines, changed, { what, holds }),
    ended: () => within(gathering, "the server did not end the watch").then(() => lines),
    stop: () => stopping.abort(),
  };
}

function within<T>(work: Promise<T>, otherwise: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new ClauseBroken(otherwise)), WATCH_PATIENCE_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

interface Awaited {
  readonly what: string;
  readonly holds: (lines: readonly WatchLine[]) => boolean;
}

function waitFor(lines: readonly WatchLine[], changed: EventTarget, { what, holds }: Awaited) {
  const seen = new Promise<readonly WatchLine[]>((resolve) => {
    const look = () => {
      if (!holds(lines)) return;
      changed.removeEventListener("line", look);
      resolve(lines);
    };
    changed.addEventListener("line", look);
    look();
  });
  return within(seen, `the watch did not show ${what}`).catch((cause: unknown) => {
    if (!(cause instanceof ClauseBroken)) throw cause;
    const shown = lines.map(({ type, object }) => `${type} ${JSON.stringify(object["metadata"] ?? object)}`).slice(-5);
    throw new ClauseBroken(`${cause.message}; its last lines: ${shown.join(" | ") || "none"}`);
  });
}
