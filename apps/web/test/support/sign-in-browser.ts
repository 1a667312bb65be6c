import superjson from "superjson";
import { finishSignIn, startSignIn } from "../../src/features/sign-in/server";
import type { WireError } from "../../src/server/errors";
import { handleApiRequest } from "../../src/server/handler";
import { contextOf } from "../../src/server/request";
import type { Server } from "../../src/server/server";

/** A browser without a window: it keeps cookies by origin, and calls procedures as a page does. */
export interface SignInBrowser {
  readonly cookies: ReadonlyMap<string, string>;
  /** Follows a link and its redirects, to the first page that is not a redirect or that a `stop` names. */
  open(url: string, options?: OpenOptions): Promise<Opened>;
  query(path: string, input?: unknown): Promise<Answered>;
  mutate(path: string, input?: unknown): Promise<Answered>;
}

export interface OpenOptions {
  readonly method?: "GET" | "POST";
  readonly form?: Readonly<Record<string, string>>;
  /** Stops before this URL is asked. */
  readonly stop?: (url: URL) => boolean;
}

export interface Opened {
  readonly url: URL;
  readonly text: string;
}

export interface Answered {
  readonly status: number;
  readonly data: unknown;
  readonly error: WireError | undefined;
}

interface AskInit {
  readonly method: "GET" | "POST";
  readonly body?: string | URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens a browser at a server that a test composed; what is not its own it asks for over the network. */
export function openBrowser(server: Server): SignInBrowser {
  const jars = new Map<string, Map<string, string>>();
  const { publicUrl } = server.config;
  const jarOf = (url: URL) => {
    const jar = jars.get(url.origin) ?? new Map<string, string>();
    jars.set(url.origin, jar);
    return jar;
  };
  const headersOf = (url: URL) => ({
    cookie: [...jarOf(url)].map(([name, value]) => `${name}=${value}`).join("; "),
    "user-agent": "test",
    "x-isthmus-peer": "198.51.100.7",
  });
  const ask = async (url: URL, init: AskInit): Promise<Response> => {
    const request = new Request(url, { ...init, headers: { ...headersOf(url), ...init.headers }, redirect: "manual" });
    const response = url.origin === publicUrl ? await answerOf(server, request) : await fetch(request);
    for (const header of response.headers.getSetCookie()) keep(jarOf(url), header);
    return response;
  };
  const open = async (from: string, { method = "GET", form, stop }: OpenOptions = {}): Promise<Opened> => {
    let url = new URL(from, publicUrl);
    let init: AskInit = { method, ...(form === undefined ? {} : { body: new URLSearchParams(form) }) };
    for (let hops = 0; hops < 20; hops += 1) {
      if (stop?.(url) === true) return { url, text: "" };
      const response = await ask(url, init);
      const location = response.headers.get("location");
      if (location === null) return { url, text: await response.text() };
      url = new URL(location, url);
      init = { method: "GET" };
    }
    throw new Error(`redirected without end: ${url.href}`);
  };
  const call = async (path: string, input: unknown, method: "GET" | "POST"): Promise<Answered> => {
    const body = JSON.stringify(superjson.serialize(input));
    const url = new URL(`/api/trpc/${path}${method === "GET" ? `?input=${encodeURIComponent(body)}` : ""}`, publicUrl);
    const headers = { "sec-fetch-site": "same-origin", "content-type": "application/json" };
    const response = await ask(url, { method, headers, ...(method === "GET" ? {} : { body }) });
    const parsed = (await response.json()) as {
      result?: { data: Parameters<typeof superjson.deserialize>[0] };
      error?: { json: { data: WireError } };
    };
    return {
      status: response.status,
      data: parsed.result === undefined ? undefined : superjson.deserialize(parsed.result.data),
      error: parsed.error?.json.data,
    };
  };
  return {
    cookies: jarOf(new URL(publicUrl)),
    open,
    query: (path, input) => call(path, input, "GET"),
    mutate: (path, input) => call(path, input, "POST"),
  };
}

/** What the app's routes do, without Next around them. */
async function answerOf(server: Server, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname.startsWith("/api/trpc/")) return handleApiRequest(server, request);
  const context = () => contextOf(server, request, new Headers());
  if (pathname === "/sign-in/oidc/callback") return finishSignIn(await context(), request);
  if (pathname.startsWith("/sign-in/oidc/")) {
    return startSignIn(await context(), pathname.slice("/sign-in/oidc/".length), searchParams);
  }
  return new Response(`page ${pathname}`);
}

function keep(jar: Map<string, string>, header: string): void {
  const [pair = "", ...attributes] = header.split(";").map((each) => each.trim());
  const at = pair.indexOf("=");
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  const over = attributes.some((each) => /^max-age=0$/i.test(each) || /^expires=.*1970/i.test(each));
  if (over || value === "") jar.delete(name);
  else jar.set(name, value);
}

/** Whether a browser is signed in. */
export const signedIn = async (browser: SignInBrowser): Promise<boolean> =>
  (await browser.query("signIn.me")).status === 200;
