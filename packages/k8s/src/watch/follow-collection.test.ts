import { err, ok, type Clock } from "@isthmus/std";
import { describe, expect, it } from "vitest";
import type { KubeError } from "../errors";
import { CORE_KINDS } from "../kinds";
import type { KubeObject } from "../object";
import type { FollowObjects, ListPage, WatchEvent } from "../ports";
import { followCollection } from "./follow-collection";

const object = (name: string, resourceVersion: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, resourceVersion },
});
const error = (code: KubeError["code"], retryAfterMs?: number): KubeError => ({
  code,
  status: 0,
  message: code,
  retryable: true,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const page = (items: KubeObject[], resourceVersion: string, continueToken = ""): ListPage => ({
  items,
  resourceVersion,
  continueToken,
});
const upsert = (name: string, version: string): WatchEvent => ({ kind: "upsert", object: object(name, version) });

/** What the server answers to each request in turn; the test ends when the script does. */
type Answer = { list: ListPage | KubeError } | { watch: readonly WatchEvent[] | KubeError; lasts?: number };

async function follow(script: readonly Answer[]): Promise<string[]> {
  const said: string[] = [];
  const stop = new AbortController();
  let now = 0;
  let step = 0;
  const clock: Clock = {
    now: () => now,
    sleep: (delayMs) => {
      said.push(`wait ${delayMs}`);
      now += delayMs;
      return Promise.resolve();
    },
  };
  const next = (): Answer => {
    const answer = script[step++];
    if (answer === undefined) stop.abort();
    return answer ?? { list: error("stopped") };
  };
  const api: FollowObjects = {
    list: (_, { continueToken }) => {
      const answer = next();
      if (stop.signal.aborted) return Promise.resolve(err(error("stopped")));
      said.push(continueToken ? `list ${continueToken}` : "list");
      const found = "list" in answer ? answer.list : error("server");
      return Promise.resolve("code" in found ? err(found) : ok(found));
    },
    watch: (_, { resourceVersion }) => {
      const answer = next();
      if (stop.signal.aborted) return Promise.resolve(err(error("stopped")));
      said.push(`watch from ${resourceVersion}`);
      const found = "watch" in answer ? answer.watch : error("server");
      if ("lasts" in answer) now += answer.lasts ?? 0;
      return Promise.resolve("code" in found ? err(found) : ok(eventsOf(found)));
    },
  };
  await followCollection(api, {
    kind: CORE_KINDS.pods,
    keep: (each) => each,
    clock,
    random: () => 0.5,
    signal: stop.signal,
    listener: {
      replaced: (objects) => said.push(`= ${objects.map(({ metadata }) => metadata.name).join()}`),
      upserted: ({ metadata }) => said.push(`+ ${metadata.name}`),
      deleted: ({ metadata }) => said.push(`- ${metadata.name}`),
      failed: ({ code }) => said.push(`failed ${code}`),
    },
  });
  return said;
}

async function* eventsOf(events: readonly WatchEvent[]): AsyncGenerator<WatchEvent> {
  for (const event of events) yield await Promise.resolve(event);
}

describe("followCollection", () => {
  const rows: { name: string; script: Answer[]; expected: string[] }[] = [
    {
      name: "reads all pages before it says what there is",
      script: [{ list: page([object("a", "1")], "9", "more") }, { list: page([object("b", "2")], "9") }],
      expected: ["list", "list more", "= a,b"],
    },
    {
      name: "resumes after the newest version, bookmarks included",
      script: [
        { list: page([], "5") },
        { watch: [upsert("a", "6"), { kind: "delete", object: object("b", "7") }] },
        { watch: [{ kind: "bookmark", resourceVersion: "20" }] },
        { watch: [upsert("c", "21")] },
      ],
      expected: ["list", "= ", "watch from 5", "+ a", "- b", "watch from 7", "watch from 20", "+ c"],
    },
    {
      name: "lists anew when the server has forgotten the version",
      script: [
        { list: page([object("a", "1")], "5") },
        { watch: [{ kind: "error", error: error("gone") }] },
        { list: page([object("b", "8")], "9") },
      ],
      expected: ["list", "= a", "watch from 5", "wait 250", "list", "= b"],
    },
    {
      name: "does not ask at once again where every watch is refused as too old",
      script: [
        { list: page([], "5") },
        { watch: error("gone") },
        { list: page([], "6") },
        { watch: error("gone") },
        { list: page([], "7") },
        { watch: error("gone") },
      ],
      expected: [
        "list",
        "= ",
        "watch from 5",
        "wait 250",
        "list",
        "= ",
        "watch from 6",
        "wait 500",
        "list",
        "= ",
        "watch from 7",
        "wait 1000",
      ],
    },
    {
      name: "backs off while the server fails, keeps its place, and starts anew after success",
      script: [
        { list: page([], "5") },
        { watch: error("server") },
        { watch: error("unreachable") },
        { watch: [upsert("a", "6")] },
        { watch: error("server") },
      ],
      expected: [
        "list",
        "= ",
        "watch from 5",
        "failed server",
        "wait 250",
        "watch from 5",
        "failed unreachable",
        "wait 500",
        "watch from 5",
        "+ a",
        "watch from 6",
        "failed server",
        "wait 250",
      ],
    },
    {
      name: "waits as long as the server asks for",
      script: [{ list: error("too-many-requests", 7_000) }],
      expected: ["list", "failed too-many-requests", "wait 7000"],
    },
    {
      name: "asks seldom for what it may not read",
      script: [{ list: error("forbidden") }],
      expected: ["list", "failed forbidden", "wait 45000"],
    },
    {
      name: "does not spin where watches end at once and empty",
      script: [{ list: page([], "5") }, { watch: [] }, { watch: [] }, { watch: [], lasts: 60_000 }, { watch: [] }],
      expected: [
        "list",
        "= ",
        "watch from 5",
        "wait 250",
        "watch from 5",
        "wait 500",
        "watch from 5",
        "watch from 5",
        "wait 250",
      ],
    },
    {
      name: "begins a list anew when its next page has expired",
      script: [{ list: page([object("a", "1")], "5", "more") }, { list: error("gone") }, { list: page([], "6") }],
      expected: ["list", "list more", "wait 250", "list", "= "],
    },
  ];
  it.each(rows)("$name", async ({ script, expected }) => {
    const said = await follow(script);
    expect(said.filter((each) => each !== "failed stopped").slice(0, expected.length)).toEqual(expected);
  });
});
