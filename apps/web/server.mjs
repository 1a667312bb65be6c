// Starts the web app: `node server.mjs` after `next build`, `node server.mjs --dev` while building it.
import { createServer } from "node:http";
import { answerHeaders } from "./answer-headers.mjs";
import { parseListen, peerAddress } from "./listen.mjs";

/* oxlint-disable node/no-process-env -- this is the process's entry point */
const dev = process.argv.includes("--dev");
process.env.NEXT_TELEMETRY_DISABLED = "1";
if (!dev) process.env.NODE_ENV = "production";
const listen = parseListen(process.env.ISTHMUS_WEB_LISTEN ?? "localhost:7400");
const proxyHops = Number(process.env.ISTHMUS_TRUSTED_PROXY_HOPS ?? "0");
const headers = Object.entries(answerHeaders(process.env.ISTHMUS_PUBLIC_URL ?? ""));
/* oxlint-enable node/no-process-env */

const say = (level, msg, more = {}) =>
  process.stdout.write(`${JSON.stringify({ level, time: Date.now(), process: "web", ...more, msg })}\n`);
const fail = (message) => {
  say(60, message);
  process.exit(1);
};

if (listen === undefined) fail("ISTHMUS_WEB_LISTEN: must be host:port, for example ISTHMUS_WEB_LISTEN=localhost:7400");
if (!Number.isInteger(proxyHops) || proxyHops < 0)
  fail("ISTHMUS_TRUSTED_PROXY_HOPS: must be the number of proxies in front, as 0 or 1");

const { default: next } = await import("next");
const server = createServer();
const app = next({ dev, dir: import.meta.dirname, hostname: listen.host, port: listen.port, httpServer: server });

let parts;
try {
  await app.prepare();
  // The first use of the process's parts: a wrong configuration ends the process here and not at the first request.
  parts = await loadedParts();
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

const handle = app.getRequestHandler();
server.on("request", (request, response) => {
  request.headers["x-isthmus-peer"] = peerAddress(request, proxyHops);
  for (const [name, value] of headers) response.setHeader(name, value);
  response.on("finish", () => parts.metrics.responded(response.statusCode));
  handle(request, response).catch((error) => {
    say(50, "a request failed", { err: String(error) });
    response.destroy();
  });
});
server.on("error", (error) => {
  fail(
    error.code === "EADDRINUSE"
      ? `ISTHMUS_WEB_LISTEN: port ${listen.port} is taken on ${listen.host}; stop what uses it or choose another, as ISTHMUS_WEB_LISTEN=${listen.host}:${listen.port + 1}`
      : String(error),
  );
});
server.listen(listen.port, listen.host, () => say(30, `listening on http://${listen.host}:${server.address().port}`));

/** Next is prepared before it has begun to load what makes the parts, and keeps for itself that they could not be made. */
async function loadedParts() {
  for (let waitedMs = 0; waitedMs < 120_000; waitedMs += 20) {
    const made = globalThis[Symbol.for("isthmus.web.server")];
    if (made !== undefined) return made;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the web app was not loaded within two minutes: is the machine out of memory or of processors?");
}

let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  say(30, "stopping");
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), 3_000);
  await parts?.stop().catch((error) => say(40, "a part did not stop cleanly", { err: String(error) }));
  server.closeIdleConnections();
  await closed;
  clearTimeout(late);
  process.exit(0);
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
