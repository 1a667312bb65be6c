import { execFile, spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { corporaFolder } from "./corpora";

const here = import.meta.dirname;
const testdata = resolve(here, "../testdata");
const banner =
  'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);';

let folder: string;
let isthmus: string;

interface Ran {
  readonly code: number | string | null | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end with nothing on its standard input. */
function execute(file: string, words: readonly string[], cwd: string): Promise<Ran> {
  return new Promise((settle) => {
    const child = execFile(file, [...words], { cwd, maxBuffer: 1 << 28 }, (error, out, err) => {
      settle({ code: error === null ? 0 : error.code, out, err });
    });
    child.stdin?.end();
  });
}

const run = (words: readonly string[], cwd = testdata): Promise<Ran> => execute(isthmus, words, cwd);

/** Runs a line of shell in which `isthmus` is the command. */
const shell = (line: string, cwd = testdata): Promise<Ran> =>
  execute("bash", ["-c", `isthmus() { "${isthmus}" "$@"; }; ${line}`], cwd);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-cli-"));
  isthmus = join(folder, "bin/isthmus.mjs");
  await mkdir(join(folder, "bin"));
  await copyFile(resolve(here, "../bin/isthmus.mjs"), isthmus);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe("the binary", () => {
  it("says that it is not built, and is then built", async () => {
    expect(await run(["--version"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("npm run build") as string,
    });
    await build({
      entryPoints: [resolve(here, "../src/main.ts")],
      outfile: join(folder, "dist/main.js"),
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      banner: { js: banner },
      logLevel: "silent",
    });
    expect(await run(["--version"])).toEqual({ code: 0, out: "0.1.0\n", err: "" });
  });
});

const MESH = "cluster=eu:boutique/eu cluster=us:boutique/us";

describe("answers about a boutique of two clusters", () => {
  it.each([
    { name: "help", line: "isthmus --help" },
    { name: "validate", line: `isthmus validate ${MESH}` },
    { name: "validate-broken", line: "isthmus validate broken" },
    { name: "validate-broken-json", line: "isthmus validate broken -o json" },
    { name: "connectivity", line: `isthmus connectivity ${MESH}` },
    { name: "connectivity-explained", line: "isthmus connectivity boutique/eu --explain" },
    { name: "connectivity-pending", line: "isthmus connectivity boutique/eu --pending" },
    { name: "connectivity-json", line: "isthmus connectivity boutique/us -o json --explain" },
    { name: "connectivity-csv", line: "isthmus connectivity boutique/us -o csv" },
    { name: "connectivity-md", line: "isthmus connectivity boutique/us -o md --explain" },
    { name: "connectivity-dot", line: `isthmus connectivity ${MESH} -o dot` },
    {
      name: "diff",
      line: "isthmus diff boutique/eu/policies.yaml next/policies.yaml --with boutique/eu/workloads.yaml",
    },
    {
      name: "explain-across",
      line: `isthmus explain ${MESH} --from shop/frontend --to us/pay/payments-0 --port grpc/TCP`,
    },
    { name: "explain-staged", line: "isthmus explain boutique/eu --from shop/frontend --to shop/cart --port grpc/TCP" },
    { name: "explain-tiers", line: "isthmus explain boutique/eu --from shop/frontend --to shop/redis --port 6379/TCP" },
    {
      name: "explain-range",
      line: "isthmus explain boutique/eu --from shop/frontend --to 10.64.0.0/27 --port 50051 -o json",
    },
    { name: "prove", line: `isthmus prove ${MESH} --no-path 'isthmus.io/cluster == "eu"' 'app == "ledger"'` },
    { name: "prove-refuted", line: `isthmus prove boutique/eu --no-path 'tier == "web"' 'app == "cart"' -o json` },
    { name: "prove-pending", line: `isthmus prove boutique/eu --no-path 'tier == "web"' 'app == "cart"' --pending` },
    { name: "review", line: `isthmus review ${MESH}` },
    { name: "selector", line: `isthmus selector 'app in {"web"} && !has(canary)' --labels app=web,tier=front` },
    { name: "selector-broken", line: `isthmus selector 'app === "web" && has(' -o json` },
    { name: "unread", line: "isthmus connectivity nowhere boutique cluster=eu:x" },
  ])("$name", async ({ name, line }) => {
    const { code, out, err } = await shell(line);
    const text = `$ ${line}\n${out}${err === "" ? "" : `--- standard error\n${err}`}--- exit code ${code}\n`;
    await expect(text).toMatchFileSnapshot(join(testdata, "golden", `${name}.txt`));
  });
});

const POD = (n: number) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: p${n}, namespace: ns${n % 7}, labels: {n: "${n}"}}\nstatus: {podIP: 10.0.${n >> 8}.${n & 255}}\n`;
const DENY =
  "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: default.x}\nspec: {selector: n == '3', ingress: [{action: Allow, source: {selector: n == '4'}}]}\n";

describe("pipes and files as they are", () => {
  it("survives a reader that goes away", async () => {
    const pods = Array.from({ length: 300 }, (_, n) => POD(n)).join("---\n");
    await writeFile(join(folder, "many.yaml"), `${pods}---\n${DENY}`);
    const { out, err } = await shell("isthmus connectivity many.yaml | head -n 1; echo ${PIPESTATUS[0]}", folder);
    expect({ out, err }).toEqual({
      out: "0.0.0.0-9.255.255.255[External] => ns0/p0[Pod] : All Connections\n0\n".replace(
        "9.255.255.255",
        "255.255.255.255",
      ),
      err: "",
    });
  });

  it("hands a long answer on whole to a slow reader", async () => {
    const { out } = await shell("isthmus connectivity many.yaml | { sleep 1; wc -l; }", folder);
    const whole = await run(["connectivity", "many.yaml"], folder);
    expect(Number(out)).toBe(whole.out.split("\n").length - 1);
    expect(Number(out)).toBeGreaterThan(80_000);
  });

  it.each([
    { name: "standard input", line: "cat boutique/eu/policies.yaml | isthmus validate -" },
    { name: "a named pipe", line: "isthmus validate <(cat boutique/eu/policies.yaml)" },
    { name: "standard input of a cluster", line: "isthmus validate cluster=eu:- < boutique/eu/policies.yaml" },
  ])("reads $name", async ({ line }) => {
    expect(await shell(line)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^0 errors in 7 objects/) as string,
      err: "",
    });
  });

  it("shows neither colour nor progress in pipes", async () => {
    const { out, err } = await run(["connectivity", "boutique/eu", "broken"]);
    expect(out + err).not.toContain("\u001b");
  });

  it("tells what cannot be read", async () => {
    const odd = join(folder, "odd");
    await mkdir(join(odd, "folder.yaml"), { recursive: true });
    await writeFile(join(odd, "binary.yaml"), Uint8Array.of(0x7f, 0x45, 0, 1));
    await writeFile(join(odd, "huge.json"), "{");
    await truncate(join(odd, "huge.json"), 65 * 1024 * 1024);
    await symlink(".", join(odd, "folder.yaml", "again"));
    await symlink("..", join(odd, "folder.yaml", "up"));
    await symlink("self.yaml", join(odd, "self.yaml"));
    await symlink("gone.yaml", join(odd, "dangling.yaml"));
    const { code, err } = await run(["validate", "odd"], folder);
    expect(code).toBe(2);
    expect(
      err
        .split("\n")
        .filter((line) => line.startsWith("odd"))
        .sort(),
    ).toEqual([
      "odd/binary.yaml: error: this is a binary file [binary]",
      "odd/dangling.yaml: error: there is no such file or folder [not-found]",
      "odd/folder.yaml/again: error: this link leads back to a folder above it [link-loop]",
      "odd/folder.yaml/up: error: this link leads back to a folder above it [link-loop]",
      "odd/huge.json: error: this has more than 64 MiB, the most that is read from one file [too-large]",
      "odd/self.yaml: error: this link leads to itself [link-loop]",
    ]);
  });

  it("ends when it is interrupted, in the middle of reading", async () => {
    const child = spawn(isthmus, ["validate", "-"], { stdio: ["pipe", "ignore", "ignore"] });
    child.stdin.write("a: 1\n");
    child.kill("SIGINT");
    const signal = await new Promise((settle) => child.once("exit", (_code, by) => settle(by)));
    expect(signal).toBe("SIGINT");
  });
});

const corpora = corporaFolder();
const connectivity = corpora === undefined ? "" : join(corpora, "connectivity");
const workloads = corpora === undefined ? "" : join(corpora, "workloads");

/** Three cases hold policies alone; their pods are those of another case, or three DaemonSets. */
const LEFT_BEHIND: Readonly<Record<string, readonly string[]>> = {
  test_with_named_ports: ["ns_list.yaml", "pods_list.yaml"].map((file) =>
    join(connectivity, "core_pods_without_host_ip", file),
  ),
  "semanticDiff-same-topologies-old1": [join(testdata, "left-behind")],
  "semanticDiff-same-topologies-new1": [join(testdata, "left-behind")],
};

describe.skipIf(corpora === undefined)("manifests that others wrote", async () => {
  const cases = corpora === undefined ? [] : await readdir(connectivity);
  const files = corpora === undefined ? [] : await readdir(workloads);

  it.each(cases)("connectivity of %s is as expected", async (name) => {
    const { code, out } = await run(["connectivity", join(connectivity, name), ...(LEFT_BEHIND[name] ?? [])]);
    const expected = await readFile(join(connectivity, name, "expected.txt"), "utf8");
    expect({ code, out: out.trimEnd() }).toEqual({ code: 0, out: expected.trimEnd() });
    const reviewed = await run(["review", join(connectivity, name), ...(LEFT_BEHIND[name] ?? [])]);
    expect(reviewed.out).toMatch(/\d+ findings? in \d+ polic(?:y|ies) with \d+ rules?\n$/);
  });

  it.each(files)("%s is valid, and its workloads may all connect", async (name) => {
    expect(await run(["validate", join(workloads, name)])).toMatchObject({ code: 0, err: "" });
    const { code, out, err } = await run(["connectivity", join(workloads, name)]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.split("\n").filter((line) => line !== "" && !line.endsWith(" : All Connections"))).toEqual([]);
    expect(await run(["review", join(workloads, name)])).toEqual({
      code: 0,
      out: "0 findings in 0 policies with 0 rules\n",
      err: "",
    });
  });
});
