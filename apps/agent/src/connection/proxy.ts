import { BlockList, isIP } from "node:net";

/** Which proxies connections go through, as the usual variables say. */
export interface ProxySettings {
  /** HTTPS_PROXY, for wss addresses. */
  readonly secure: string;
  /** HTTP_PROXY, for ws addresses. */
  readonly plain: string;
  /** NO_PROXY: names (with all below them), suffixes that begin with a point, addresses, ranges, or `*`; each may end in a port. */
  readonly except: string;
}

/** The proxy for an address; undefined where it is dialled directly. */
export function proxyFor(url: URL, { secure, plain, except }: ProxySettings): URL | undefined {
  const named = url.protocol === "wss:" ? secure : plain;
  // As curl has it, a proxy may be named without its scheme.
  const address = named === "" || named.includes("://") ? named : `http://${named}`;
  if (!URL.canParse(address)) return undefined;
  const host = url.hostname.toLowerCase().replaceAll(/^\[|\]$/gu, "");
  const port = url.port === "" ? (url.protocol === "wss:" ? "443" : "80") : url.port;
  const excepted = except
    .split(",")
    .map((each) => each.trim().toLowerCase())
    .some((each) => each !== "" && isExcepted({ host, port }, each));
  return excepted ? undefined : new URL(address);
}

/** A proxy's address as it may be shown: without its password. */
export function proxyText(proxy: URL | undefined): string {
  return proxy === undefined ? "" : `${proxy.protocol}//${proxy.host}`;
}

function isExcepted(target: { readonly host: string; readonly port: string }, entry: string): boolean {
  if (entry === "*") return true;
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/u.exec(entry) ?? [];
  if (port !== undefined && port !== target.port) return false;
  const bare = name.replaceAll(/^\[|\]$/gu, "");
  if (bare.includes("/")) return isWithin(target.host, bare);
  if (isIP(bare) !== 0) return target.host === bare;
  const suffix = bare.replace(/^\*/u, "");
  return suffix.startsWith(".")
    ? target.host.endsWith(suffix)
    : target.host === suffix || target.host.endsWith(`.${suffix}`);
}

function isWithin(host: string, range: string): boolean {
  const family = isIP(host);
  const [base = "", prefix = ""] = range.split("/");
  if (family === 0 || isIP(base) !== family || !/^\d{1,3}$/u.test(prefix)) return false;
  const bits = Number(prefix);
  if (bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const named = family === 4 ? "ipv4" : "ipv6";
  list.addSubnet(base, bits, named);
  return list.check(host, named);
}
