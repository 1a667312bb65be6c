import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { create } from "@bufbuild/protobuf";
import { MAX_PROBE_ORDERS, PROBE_PORT, ProbeOrderSchema, ProbeOutcome, type ProbeResult } from "@isthmus/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { serveProbeAnswers } from "./answer";
import { dialDirectly, type ProbeTarget } from "./dial";
import { probe, type ProbeFinding } from "./probe";
import { Prober } from "./prober";

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

const NONCE = "0123456789abcdef0123456789abcdef";
const ask = (port: number, timeoutMs = 2_000, address = "127.0.0.1"): Promise<ProbeFinding> =>
  probe({ dial: dialDirectly, nonce: () => NONCE, stopwatch: () => performance.now(), timeoutMs }, { address, port });

/** A server that does with a connection what a test says. */
async function serve(act: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    act(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe("probe", () => {
  it("tells which address a probe pod saw, beside its own", async () => {
    const answerer = await serveProbeAnswers({ host: "127.0.0.1", port: 0 });
    closing.push(() => answerer.close());
    const { roundTripUs, ...found } = await ask(answerer.port);
    expect(found).toEqual({
      outcome: ProbeOutcome.ANSWERED,
      ownAddress: "127.0.0.1",
      seenAddress: "127.0.0.1",
      message: "",
    });
    expect(roundTripUs).toBeGreaterThan(0);
  });

  const others: readonly { name: string; act: (socket: Socket) => void; outcome: ProbeOutcome }[] = [
    { name: "another service", act: (socket) => socket.end("SSH-2.0-x\r\n"), outcome: ProbeOutcome.OTHER_ANSWER },
    {
      name: "an answer to another question",
      act: (socket) => socket.end(`isthmus-probe/1 ${NONCE.replace("0", "f")} 10.0.0.1\n`),
      outcome: ProbeOutcome.OTHER_ANSWER,
    },
    { name: "silence", act: () => undefined, outcome: ProbeOutcome.TIMEOUT },
    { name: "a line that never ends", act: (s) => s.write("x".repeat(500)), outcome: ProbeOutcome.OTHER_ANSWER },
  ];
  it.each(others)("does not take $name for a probe pod", async ({ act, outcome }) => {
    expect((await ask(await serve(act), 150)).outcome).toBe(outcome);
  });

  it("is refused where nobody listens", async () => {
    const answerer = await serveProbeAnswers({ host: "127.0.0.1", port: 0 });
    answerer.close();
    expect((await ask(answerer.port)).outcome).toBe(ProbeOutcome.REFUSED);
  });
});

it("an answerer says nothing to who does not ask", async () => {
  const answerer = await serveProbeAnswers({ host: "127.0.0.1", port: 0 });
  closing.push(() => answerer.close());
  const dialled = await dialDirectly({ address: "127.0.0.1", port: answerer.port }, 1_000);
  if (!dialled.ok) throw new Error(dialled.error.message);
  let heard = "";
  dialled.value.socket.on("data", (bytes) => (heard += String(bytes)));
  dialled.value.socket.write("GET / HTTP/1.1\r\n\r\n");
  await once(dialled.value.socket, "close");
  expect(heard).toBe("");
});

describe("Prober", () => {
  const order = (id: string, address = "10.0.0.1") => create(ProbeOrderSchema, { id, address });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  function started() {
    const dialled: ProbeTarget[] = [];
    const answers: (() => void)[] = [];
    const reports: ProbeResult[] = [];
    const stop = new AbortController();
    const prober = new Prober({
      probe: (target) =>
        new Promise((resolve) => {
          dialled.push(target);
          answers.push(() => resolve({ outcome: 1, roundTripUs: 1, ownAddress: "", seenAddress: "", message: "" }));
        }),
      report: (result) => reports.push(result),
      now: () => 7,
      signal: stop.signal,
    });
    const answerAll = async (): Promise<void> => {
      while (answers.length > 0) {
        answers.shift()?.();
        await settle();
      }
    };
    return { prober, dialled, reports, stop, answerAll };
  }

  it("dials each target once at a time, few at once, on the port of probes alone", async () => {
    const { prober, dialled, reports, answerAll } = started();
    prober.order([order("a"), order("a"), order("")]);
    prober.order([order("a")]);
    expect(dialled).toEqual([{ address: "10.0.0.1", port: PROBE_PORT }]);
    prober.order(Array.from({ length: MAX_PROBE_ORDERS + 50 }, (_, at) => order(`t${at}`)));
    expect(dialled).toHaveLength(8);
    await answerAll();
    expect(reports).toHaveLength(1 + MAX_PROBE_ORDERS);
    expect(reports[0]).toMatchObject({ id: "a", address: "10.0.0.1", atMs: 7n });
  });

  it("dials no address that cannot be a pod's of another cluster", () => {
    const { prober, dialled } = started();
    prober.order(["169.254.169.254", "127.0.0.1", "::1", "db.internal", ""].map((each, at) => order(`${at}`, each)));
    expect(dialled).toEqual([]);
  });

  it("dials and reports nothing more when another replica may be the active one", async () => {
    const { prober, dialled, reports, stop, answerAll } = started();
    prober.order(Array.from({ length: 20 }, (_, at) => order(`t${at}`)));
    stop.abort();
    await answerAll();
    prober.order([order("late")]);
    expect([dialled.length, reports]).toEqual([8, []]);
  });
});
