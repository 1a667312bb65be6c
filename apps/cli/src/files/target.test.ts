import { describe, expect, it } from "vitest";
import { parseTargets } from "./target";

describe("paths with clusters", () => {
  it.each([
    { name: "a path", words: ["./m"], targets: [{ cluster: "", path: "./m" }] },
    { name: "standard input", words: ["-"], targets: [{ cluster: "", path: "-" }] },
    { name: "in one word", words: ["cluster=eu-1:./eu"], targets: [{ cluster: "eu-1", path: "./eu" }] },
    { name: "in two words", words: ["cluster=eu", "./eu"], targets: [{ cluster: "eu", path: "./eu" }] },
    { name: "a colon in the path", words: ["cluster=eu:c:/m"], targets: [{ cluster: "eu", path: "c:/m" }] },
    {
      name: "several",
      words: ["cluster=eu:a", "cluster=us", "b"],
      targets: [
        { cluster: "eu", path: "a" },
        { cluster: "us", path: "b" },
      ],
    },
    {
      name: "a folder of that name behind ./",
      words: ["./cluster=eu"],
      targets: [{ cluster: "", path: "./cluster=eu" }],
    },
  ])("reads $name", ({ words, targets }) => {
    expect(parseTargets(words)).toEqual({ ok: true, value: targets });
  });

  it.each([
    { name: "a cluster without a path", words: ["cluster=eu"], codes: ["cluster-path"] },
    { name: "an empty path", words: ["cluster=eu:"], codes: ["cluster-path"] },
    { name: "a cluster before a cluster", words: ["cluster=eu", "cluster=us:b"], codes: ["cluster-path"] },
    { name: "no name", words: ["cluster=:a"], codes: ["cluster-name"] },
    { name: "a name with capitals", words: ["cluster=EU:a"], codes: ["cluster-name"] },
    { name: "a name too long", words: [`cluster=${"a".repeat(64)}:a`], codes: ["cluster-name"] },
    { name: "a cluster twice", words: ["cluster=eu:a", "cluster=eu:b"], codes: ["cluster-twice"] },
    { name: "with and without a cluster", words: ["cluster=eu:a", "b", "c"], codes: ["no-cluster", "no-cluster"] },
    { name: "standard input twice", words: ["-", "-"], codes: ["input-twice"] },
    { name: "several at once", words: ["cluster=EU:a", "cluster=us"], codes: ["cluster-name", "cluster-path"] },
  ])("refuses $name", ({ words, codes }) => {
    const parsed = parseTargets(words);
    expect(parsed.ok ? [] : parsed.error.map(({ code }) => code)).toEqual(codes);
  });
});
