import { describe, expect, it } from "vitest";
import { memoryFiles, type MemoryFile } from "../testing/memory-io";
import { walkManifests } from "./walk";

const walk = async (tree: Readonly<Record<string, MemoryFile>>, path: string) => {
  const { files, findings } = await walkManifests(memoryFiles(tree), path, new Set());
  return { files, found: findings.map(({ code, at }) => `${code} ${at.kind === "file" ? at.name : ""}`) };
};

const denied: MemoryFile = { problem: { code: "denied", message: "this may not be read" } };

describe("files below a path", () => {
  it.each<{ name: string; tree: Record<string, MemoryFile>; path: string; files: string[]; found?: string[] }>([
    {
      name: "sorts, and takes manifests alone",
      tree: { "m/b.yml": "", "m/a.yaml": "", "m/c/d.JSON": "", "m/README.md": "", "m/x.yaml.bak": "" },
      path: "m",
      files: ["m/a.yaml", "m/b.yml", "m/c/d.JSON"],
    },
    { name: "a named file of any name", tree: { "m/rules": "" }, path: "m/rules", files: ["m/rules"] },
    { name: "a slash at the end", tree: { "m/a.yaml": "" }, path: "m/", files: ["m/a.yaml"] },
    { name: "not what is hidden", tree: { "m/.git/a.yaml": "", "m/.b.yaml": "" }, path: "m", files: [] },
    {
      name: "two links to one file as one",
      tree: { "m/a.yaml": "", "m/b.yaml": { link: "m/a.yaml" } },
      path: "m",
      files: ["m/a.yaml"],
    },
    {
      name: "folders through links",
      tree: { "m/base": { link: "shared" }, "shared/a.yaml": "" },
      path: "m",
      files: ["m/base/a.yaml"],
    },
    {
      name: "a link to a folder above",
      tree: { "m/a.yaml": "", "m/sub/up": { link: "m" } },
      path: "m",
      files: ["m/a.yaml"],
      found: ["link-loop m/sub/up"],
    },
    {
      name: "a link to itself",
      tree: { "m/a.yaml": { link: "m/a.yaml" } },
      path: "m",
      files: [],
      found: ["link-loop m/a.yaml"],
    },
    { name: "a path that is not there", tree: {}, path: "m", files: [], found: ["not-found m"] },
    {
      name: "a dangling link to a manifest",
      tree: { "m/a.yaml": { link: "gone" } },
      path: "m",
      files: [],
      found: ["not-found m/a.yaml"],
    },
    { name: "a dangling link to anything else", tree: { "m/a.txt": { link: "gone" } }, path: "m", files: [] },
    {
      name: "a named pipe that is named",
      tree: { "dev/63": { special: "stream" } },
      path: "dev/63",
      files: ["dev/63"],
    },
    {
      name: "no named pipe in a folder, which would wait for ever",
      tree: { "m/a.yaml": { special: "stream" } },
      path: "m",
      files: [],
      found: ["no-file m/a.yaml"],
    },
    {
      name: "no socket",
      tree: { "m.yaml": { special: "other" } },
      path: "m.yaml",
      files: [],
      found: ["no-file m.yaml"],
    },
    { name: "reading is another step", tree: { "m/a.yaml": denied }, path: "m", files: ["m/a.yaml"] },
  ])("$name", async ({ tree, path, files, found = [] }) => {
    expect(await walk(tree, path)).toEqual({ files, found });
  });
});
