import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Engine, EngineRequest } from "./engine";
import { explainFailure, type Failure } from "./failures";
import { RefusedSql } from "./sql-text";

/** What the server needs. */
export interface HttpServerOptions {
  readonly engine: Engine;
  readonly user: string;
  readonly password: string;
  readonly onError: (error: unknown) => void;
}

const maxBodyBytes = 64 * 1024 * 1024;
// Parameters of the HTTP interface that are no settings of a query, and mean nothing or the default here.
const notSettings = new Set([
  "query",
  "query_id",
  "database",
  "enable_http_compression",
  "wait_end_of_query",
  "send_progress_in_http_headers",
  "http_headers_progress_interval_ms",
  "buffer_size",
]);
const notServed = ["session_id", "role", "compress", "decompress", "default_format", "user", "password"];

/** The part of ClickHouse's HTTP interface that `@clickhouse/client` uses, over the embedded engine. */
export function createHttpServer(options: HttpServerOptions): Server {
  return createServer((request, response) => {
    serve(request, response, options).catch((error: unknown) => {
      options.onError(error);
      response.destroy();
    });
  });
}

async function serve(request: IncomingMessage, response: ServerResponse, options: HttpServerOptions): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (request.method === "GET" && ["/ping", "/healthz", "/readyz"].includes(url.pathname)) {
    response.end("Ok.\n");
    return;
  }
  if (!isAuthorised(request, options)) return fail(response, { status: 403, code: 516, message: wrongPassword });
  if (url.pathname !== "/" || (request.method !== "POST" && request.method !== "GET")) {
    return fail(response, { status: 404, code: 48, message: "Code: 48. DB::Exception: not served. (NOT_IMPLEMENTED)" });
  }
  const gone = new AbortController();
  response.on("close", () => gone.abort(new Error("the client went away")));
  try {
    const asked = readForm(request, await readBody(request), url.searchParams);
    const result = await options.engine.run(engineRequest(asked.search, asked.body), gone.signal);
    const summary = { read_rows: `${result.rowsRead}`, written_rows: `${result.rowsWritten}` };
    response.setHeader("X-ClickHouse-Summary", JSON.stringify(summary));
    succeed(request, response, Buffer.from(result.bytes));
  } catch (error) {
    if (gone.signal.aborted) return;
    fail(response, explainFailure(error));
  }
}

function engineRequest(search: URLSearchParams, body: Buffer): EngineRequest {
  const unserved = notServed.find((name) => search.has(name));
  if (unserved !== undefined) throw new RefusedSql(`The parameter ${unserved} is not served`);
  const entries = [...search].filter(([name]) => !notSettings.has(name));
  const parameters = entries.filter(([name]) => name.startsWith("param_"));
  const query = search.get("query");
  return {
    id: search.get("query_id") ?? crypto.randomUUID(),
    sql: query ?? body.toString("utf8"),
    body: query === null ? Buffer.alloc(0) : body,
    database: search.get("database") ?? undefined,
    settings: Object.fromEntries(entries.filter(([name]) => !name.startsWith("param_"))),
    parameters: Object.fromEntries(parameters.map(([name, value]) => [name.slice("param_".length), value])),
  };
}

interface Asked {
  readonly search: URLSearchParams;
  readonly body: Buffer;
}

/** A request whose parameters are too long for a URL brings them, and its query, as fields of a form. */
function readForm(request: IncomingMessage, body: Buffer, search: URLSearchParams): Asked {
  const [, boundary] =
    /^multipart\/form-data; *boundary="?([\w-]{1,70})"?$/i.exec(header(request, "content-type")) ?? [];
  if (boundary === undefined) return { search, body };
  const all = new URLSearchParams(search);
  // The first piece is empty, and the last one ends the form.
  const pieces = `\r\n${body.toString("utf8")}`.split(`\r\n--${boundary}`);
  let query = "";
  for (const piece of pieces.slice(1, -1)) {
    const [, name, value] =
      /^\r\nContent-Disposition: form-data; name="(query|param_\w+)"\r\n\r\n([\s\S]*)$/i.exec(piece) ?? [];
    if (name === undefined || value === undefined) throw new RefusedSql("Only the query and its parameters are served");
    if (name === "query") query = value;
    else all.append(name, value);
  }
  if (pieces[0] !== "" || pieces.at(-1)?.trim() !== "--") throw new RefusedSql("The form is not whole");
  return { search: all, body: Buffer.from(query) };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > maxBodyBytes) throw new RefusedSql(`A request's body is at most ${maxBodyBytes} bytes`);
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding === "identity") return body;
  if (encoding !== "gzip") throw new RefusedSql(`The content encoding ${encoding} is not served`);
  return gunzipSync(body, { maxOutputLength: maxBodyBytes });
}

function succeed(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
  const zipped = bytes.length > 4_096 && `${request.headers["accept-encoding"] ?? ""}`.includes("gzip");
  if (zipped) response.setHeader("Content-Encoding", "gzip");
  response.end(zipped ? gzipSync(bytes, { level: 1 }) : bytes);
}

function fail(response: ServerResponse, { status, code, message }: Failure): void {
  response.writeHead(status, { "X-ClickHouse-Exception-Code": `${code}`, Connection: "close" });
  response.end(`${message}\n`);
}

const wrongPassword =
  "Code: 516. DB::Exception: Authentication failed: password is incorrect, or there is no user with such name. " +
  "(AUTHENTICATION_FAILED)";

function isAuthorised(request: IncomingMessage, { user, password }: HttpServerOptions): boolean {
  const [scheme, encoded = ""] = (request.headers.authorization ?? "").split(" ");
  const shown =
    scheme === "Basic"
      ? Buffer.from(encoded, "base64").toString("utf8")
      : `${header(request, "x-clickhouse-user")}:${header(request, "x-clickhouse-key")}`;
  return timingSafeEqual(digest(shown), digest(`${user}:${password}`));
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value : "";
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
