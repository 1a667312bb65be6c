import { once } from "node:events";
import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { jsonAnswer, sendJson } from "./json-answer";

/** A reader that takes one piece at a time, when it is told to. */
function slowReader() {
  const pieces: Buffer[] = [];
  let take = () => {};
  const to = new Writable({
    highWaterMark: 1,
    write: (piece: Buffer, _encoding, done) => {
      pieces.push(piece);
      take = done;
    },
  });
  return { to, pieces, take: () => take() };
}

const pod = (name: string, text = "") => ({ kind: "Pod", metadata: { name, annotations: { text } } });
const turn = () => new Promise((resolve) => void setImmediate(resolve));

describe("an answer", () => {
  it.each([
    { name: "an object", body: pod("a") },
    { name: "a list", body: { kind: "PodList", metadata: { resourceVersion: "7" }, items: [pod("a"), pod("b")] } },
    { name: "an empty list", body: { kind: "PodList", items: [] } },
    { name: "nothing but items", body: { items: [pod("a")] } },
    { name: "items that are no objects", body: { kind: "Odd", items: ["a", 1] } },
    { name: "letters of several bytes", body: { kind: "PodList", items: [pod("ä", "→")] } },
    { name: "a list of many pieces", body: { items: Array.from({ length: 9 }, () => pod("a", "x".repeat(100_000))) } },
  ])("is its body as JSON, and says how long that is: $name", async ({ body }) => {
    const answer = jsonAnswer(body);
    const { to, pieces, take } = slowReader();
    const finished = once(to, "finish");
    sendJson(answer, to);
    while (!to.writableFinished) {
      take();
      await turn();
    }
    await finished;
    const bytes = Buffer.concat(pieces);
    expect(bytes.length).toBe(answer.bytes);
    expect(JSON.parse(bytes.toString("utf8"))).toEqual(body);
  });

  it("is given to a slow reader in pieces, each when the last one was taken", async () => {
    const { to, pieces, take } = slowReader();
    sendJson(jsonAnswer({ items: Array.from({ length: 40 }, () => pod("a", "x".repeat(100_000))) }), to);
    await turn();
    await turn();
    expect(pieces).toHaveLength(1);
    expect(to.writableLength).toBeLessThan(1024 * 1024);
    take();
    await turn();
    expect(pieces).toHaveLength(2);
    to.destroy();
  });
});
