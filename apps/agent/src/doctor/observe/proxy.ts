/** Which proxies connections go through, as the usual variables say. */
export interface ProxySettings {
  /** HTTPS_PROXY, for wss addresses. */
  readonly secure: string;
  /** HTTP_PROXY, for ws addresses. */
  readonly plain: string;
  /** NO_PROXY: names, suffixes that begin with a point, addresses, or `*`. */
  readonly except: string;
}

/** The proxy for an address; undefined where it is dialled directly. */
export function proxyFor(url: URL, { secure, plain, except }: ProxySettings): URL | undefined {
  const named = url.protocol === "wss:" ? secure : plain;
  if (named === "" || !URL.canParse(named)) return undefined;
  const excepted = except
    .split(",")
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== "")
    .some((each) => each === "*" || matches(url.hostname.toLowerCase(), each.replace(/^\*?\./u, "")));
  return excepted ? undefined : new URL(named);
}

const matches = (host: string, suffix: string): boolean => host === suffix || host.endsWith(`.${suffix}`);

/** A proxy's address as it may be shown: without its password. */
export function proxyText(proxy: URL | undefined): string {
  return proxy === undefined ? "" : `${proxy.protocol}//${proxy.host}`;
}
