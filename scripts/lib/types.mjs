import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { root, run } from "./steps.mjs";

const compiler = `${root}node_modules/typescript-native/bin/tsc`;
const cache = `${root}node_modules/.cache/types`;

/** Every TypeScript project of the repository, by the path of its configuration. */
function projects() {
  const workspaces = ["packages", "apps"].flatMap((place) =>
    readdirSync(`${root}${place}`).map((name) => `${place}/${name}`),
  );
  return [...workspaces, "bench", "crosscheck", "deploy/test", "e2e"]
    .flatMap((folder) => [`${folder}/tsconfig.json`, `${folder}/tsconfig.test.json`])
    .filter((project) => existsSync(`${root}${project}`));
}

/** Checks the types of every project with the native compiler; what did not change since the last time is not read again. */
export const typesStep = {
  name: "types",
  run: async () => {
    if (!existsSync(compiler)) return { ok: false, detail: "the compiler is not installed: run `npm install`" };
    mkdirSync(cache, { recursive: true });
    const failed = [];
    for (const project of projects()) {
      const remembered = `${cache}/${project.replaceAll("/", "-")}.tsbuildinfo`;
      const args = ["--noEmit", "-p", project, "--incremental", "--tsBuildInfoFile", remembered];
      const { code, output } = await run(process.execPath, [compiler, ...args]);
      if (code !== 0) failed.push(output);
    }
    return { ok: failed.length === 0, detail: failed.join("\n") };
  },
};
