/** Reads "host:port" or "[::1]:port"; undefined where it is not one. */
export function parseListen(text) {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  return match === null || port > 65_535 ? undefined : { host: match[1] ?? match[2], port };
}

/** The client's address: the peer's, or behind trusted proxies the one that the outermost of them saw. */
export function peerAddress(request, proxyHops) {
  const peer = request.socket.remoteAddress ?? "";
  if (proxyHops === 0) return peer;
  const forwarded = String(request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean);
  return forwarded.at(-proxyHops) ?? peer;
}
