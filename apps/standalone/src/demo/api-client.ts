/** An answer of the API that is an error, in its own words. */
export class ApiError extends Error {
  override readonly name = "ApiError";
}

/** Calls the web app's procedures over HTTP, as a browser would after signing in. */
export interface ApiClient {
  query<T>(procedure: string, input?: unknown): Promise<T>;
  mutate<T>(procedure: string, input?: unknown): Promise<T>;
}

interface Envelope<T> {
  readonly result?: { readonly data: { readonly json: T } };
  readonly error?: { readonly json: { readonly message: string } };
}

/** A client that keeps the session cookie it is given. `origin` is the public URL: mutations from elsewhere are refused. */
export function createApiClient(origin: string): ApiClient {
  let cookie = "";
  const call = async <T>(url: string, init: RequestInit): Promise<T> => {
    const headers = { origin, "content-type": "application/json", ...(cookie === "" ? {} : { cookie }) };
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(20_000) });
    const set = response.headers.getSetCookie().map((each) => each.split(";")[0] ?? "");
    if (set.length > 0) cookie = set.join("; ");
    const body = (await response.json()) as Envelope<T>;
    if (body.error !== undefined) throw new ApiError(body.error.json.message);
    if (body.result === undefined) throw new ApiError(`${url} answered ${response.status} without a result`);
    return body.result.data.json;
  };
  return {
    query: (procedure, input) => {
      const query = input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify({ json: input }))}`;
      return call(`${origin}/api/trpc/${procedure}${query}`, { method: "GET" });
    },
    mutate: (procedure, input) =>
      call(`${origin}/api/trpc/${procedure}`, { method: "POST", body: JSON.stringify({ json: input ?? null }) }),
  };
}
