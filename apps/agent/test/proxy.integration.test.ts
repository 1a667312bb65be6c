import { createServer, type Server } from "node:https";
import { WebSocketServer } from "ws";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ProxySettings } from "../src/connection/proxy";
import { dial } from "../src/connection/socket";
import { ConnectProxy } from "./support/connect-proxy";
import { loopbackCertificate } from "./support/loopback-certificate";
import { waitFor } from "./support/wait-for";

const proxy = new ConnectProxy("agent:s3cret");
let gateway: Server;
let url: string;
let ca: string;
let proxyPort: number;

beforeAll(async () => {
  const pair = await loopbackCertificate();
  ca = pair.cert;
  gateway = createServer(pair);
  new WebSocketServer({ server: gateway, path: "/v1/agent" }).on("connection", (socket) =>
    socket.on("message", (data: Buffer) => socket.send(data)),
  );
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const address = gateway.address();
  url = `wss://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  proxyPort = await proxy.listen();
});

afterAll(() => {
  proxy.close();
  gateway.close();
  gateway.closeAllConnections();
});

const through = (credentials: string, except = ""): ProxySettings => ({
  secure: `http://${credentials}@127.0.0.1:${proxyPort}`,
  plain: "",
  except,
});

/** What comes back of a message, or why nothing does. */
function echo(proxies: ProxySettings, authority: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const socket = dial(
      { url, ca: authority, proxies },
      {
        opened: () => socket.send(Buffer.from("hello")),
        received: (bytes) => {
          resolve(Buffer.from(bytes).toString());
          socket.close();
        },
        closed: resolve,
      },
    );
  });
}

const target = (): string => url.replace("wss://", "");

it("reaches a gateway through a proxy that wants a password, and checks the gateway's own certificate", async () => {
  expect(await echo(through("agent:s3cret"), ca)).toBe("hello");
  expect(proxy.asked).toEqual([`${target()} 200`]);
  expect(await echo(through("agent:s3cret"), undefined)).toContain("self-signed certificate");
});

it("goes around the proxy where NO_PROXY says so", async () => {
  const before = proxy.asked.length;
  expect(await echo(through("agent:s3cret", "127.0.0.0/8"), ca)).toBe("hello");
  expect(proxy.asked).toHaveLength(before);
});

it("says what the proxy answered and which proxy it was, and never its password", async () => {
  const answer = await echo(through("agent:wrong"), ca);
  expect(answer).toContain(`407 (through the proxy http://127.0.0.1:${proxyPort})`);
  expect(answer).not.toContain("wrong");
});

it("leaves no connection to a proxy that never answers", async () => {
  proxy.isSilent = true;
  await waitFor("no connection to be left", () => proxy.open === 0);
  let reason = "";
  const socket = dial(
    { url, ca, proxies: through("agent:s3cret") },
    { opened: () => undefined, received: () => undefined, closed: (why) => (reason = why) },
  );
  await waitFor("a connection to the proxy", () => proxy.open > 0);
  socket.close();
  await waitFor("none", () => proxy.open === 0);
  expect(reason).not.toBe("");
});
