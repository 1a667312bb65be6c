import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../support/eventually";
import { LinkProxy, type Toxic } from "./link-proxy";

let server: Server;
let proxy: LinkProxy;
let port: number;
const served: Socket[] = [];

/** Echoes. */
beforeEach(async () => {
  server = createServer((socket) => {
    served.push(socket);
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy = new LinkProxy((server.address() as AddressInfo).port);
  port = await proxy.listen();
});
afterEach(async () => {
  await proxy.close();
  for (const socket of served.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  readonly socket: Socket;
  readonly ended: Promise<string>;
  text(): string;
}

function dial(): Client {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString()));
  const ended = new Promise<string>((resolve) => {
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"));
    socket.once("end", () => resolve("end"));
  });
  return { socket, ended, text: () => text };
}

async function client(): Promise<Client> {
  const one = dial();
  await once(one.socket, "connect");
  return one;
}

const says = (who: Client, text: string): Promise<true> =>
  eventually(text, () => Promise.resolve(who.text() === text ? (true as const) : undefined), {
    timeoutMs: 5_000,
    everyMs: 5,
  });

async function echoed(): Promise<Client> {
  const one = await client();
  one.socket.write("a");
  await says(one, "a");
  return one;
}

describe("a proxy", () => {
  it("passes on what is said, whole and in order, and the end of it", async () => {
    const one = await client();
    const long = "0123456789".repeat(100_000);
    one.socket.end(long);
    expect(await one.ended).toBe("end");
    expect(one.text() === long).toBe(true);
  });

  it.each([
    { toxic: { kind: "cut" }, ends: "ECONNRESET" },
    { toxic: { kind: "close" }, ends: "end" },
    { toxic: { kind: "refuse" }, ends: "ECONNRESET" },
  ] as const)("$toxic.kind ends what is open with $ends", async ({ toxic, ends }) => {
    const one = await echoed();
    proxy.add(toxic);
    expect(await one.ended).toBe(ends);
    await eventually("no connection", () => Promise.resolve(proxy.connections === 0 ? true : undefined), {
      timeoutMs: 2_000,
      everyMs: 5,
    });
  });

  it("refuses until it is healed, and serves then", async () => {
    const toxic: Toxic = { kind: "refuse" };
    proxy.add(toxic);
    expect(await dial().ended).toBe("ECONNRESET");
    proxy.remove(toxic);
    await echoed();
  });

  it.each([{ kind: "stall-up" }, { kind: "stall-down" }] as const)(
    "$kind tells nobody, and what was said arrives once it is healed",
    async (toxic) => {
      const one = await echoed();
      proxy.add(toxic);
      one.socket.write("b");
      const silent = await Promise.race([one.ended, new Promise((resolve) => setTimeout(resolve, 150, "silent"))]);
      expect([silent, one.text()]).toEqual(["silent", "a"]);
      proxy.heal();
      await says(one, "ab");
    },
  );

  it("delays each way", async () => {
    const one = await echoed();
    proxy.add({ kind: "latency", ms: 80 });
    const at = performance.now();
    one.socket.write("b");
    await says(one, "ab");
    expect(performance.now() - at).toBeGreaterThan(150);
  });

  it("carries no more than a slow link does", async () => {
    const one = await echoed();
    proxy.add({ kind: "slow", bytesPerSecond: 20_000 });
    const at = performance.now();
    one.socket.write("b".repeat(10_000));
    await says(one, `a${"b".repeat(10_000)}`);
    expect(performance.now() - at).toBeGreaterThan(450);
  });

  it("cuts a connection that has carried its limit", async () => {
    const one = await echoed();
    proxy.add({ kind: "limit", bytes: 1_000 });
    one.socket.write("b".repeat(5_000));
    expect(await one.ended).toBe("ECONNRESET");
    expect(one.text().length).toBeLessThan(5_000);
  });
});
