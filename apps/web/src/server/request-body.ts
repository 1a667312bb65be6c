import { err, ok, type Result } from "@isthmus/std";
import { AppError } from "./errors";

/** The largest body of a request: a policy's text is a quarter of a million characters at most. */
export const largestBodyBytes = 2 * 1024 * 1024;

// What the API is given is a few levels deep; a text that is only brackets would exhaust the stack of whoever walks it.
const deepest = 64;

/**
 * The request with its body read, which a procedure may be given; or the refusal. Only JSON is taken: a page elsewhere
 * can make a browser send a form with its cookies, and cannot make it send JSON.
 */
export async function readJsonRequest(request: Request): Promise<Result<Request, AppError>> {
  if (request.method === "GET") {
    const input = new URL(request.url).searchParams.get("input") ?? "null";
    return isReadable(input) ? ok(request) : err(unreadable());
  }
  if (!/^application\/json *(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return err(new AppError("invalid-input", "The API takes application/json."));
  }
  const body = await readUpTo(request, largestBodyBytes);
  if (body === undefined) {
    return err(new AppError("too-large", `A request may have at most ${largestBodyBytes} bytes.`));
  }
  const text = decoded(body);
  if (text === undefined || !isReadable(text)) return err(unreadable());
  const { method, headers, signal } = request;
  return ok(new Request(request.url, { method, headers, signal, body: text }));
}

// Without the text itself, as V8's own message has it: it may be a password.
const unreadable = () => new AppError("invalid-input", `The input is not JSON in UTF-8 of at most ${deepest} levels.`);

/** The body; undefined where it is larger, and then no more of it is read. */
export async function readUpTo(request: Request, most: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > most) return undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (next === undefined || next.done) return Buffer.concat(parts);
    size += next.value.byteLength;
    if (size > most) {
      await reader?.cancel();
      return undefined;
    }
    parts.push(next.value);
  }
}

function decoded(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined;
  }
}

function isReadable(text: string): boolean {
  // No text of ours holds a NUL, and Postgres stores none.
  if (levelsOf(text) > deepest || /(?:^|[^\\])(?:\\\\)*\\u0000/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** How deep brackets stand in each other, those in strings left out. */
function levelsOf(text: string): number {
  let [level, most] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/gs)) {
    if (token === "[" || token === "{") most = Math.max(most, (level += 1));
    else if (token === "]" || token === "}") level -= 1;
  }
  return most;
}
