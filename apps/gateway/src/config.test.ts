import { generateLinkKey } from "@isthmus/protocol";
import { describe, expect, it } from "vitest";
import { readConfig } from "./config";

const pem = generateLinkKey().toPem();
const files: Readonly<Record<string, string>> = {
  "/keys/now.pem": pem,
  "/keys/next.pem": generateLinkKey().toPem(),
  "/keys/bad.pem": "hello",
};
const readFile = (path: string): string => {
  const text = files[path];
  if (text === undefined) throw new Error("ENOENT");
  return text;
};
const env = {
  ISTHMUS_DATABASE_URL: "postgres://isthmus_app@db/isthmus",
  ISTHMUS_CLICKHOUSE_URL: "http://clickhouse:8123",
  ISTHMUS_SIGNING_KEY_FILE: "/keys/now.pem",
};

describe("readConfig", () => {
  it("has defaults for all but the stores and the key", () => {
    expect(readConfig(env, readFile)).toMatchObject({
      listen: { host: "127.0.0.1", port: 7401 },
      roles: ["sessions", "jobs"],
      clickhouse: { user: "isthmus", database: "isthmus", password: "" },
      nextSigningKey: undefined,
      retentionDays: 7,
    });
  });

  it.each([
    { text: ":7401", host: "0.0.0.0", port: 7401 },
    { text: "7401", host: "0.0.0.0", port: 7401 },
    { text: "[::1]:0", host: "::1", port: 0 },
  ])("listens at $text", ({ text, host, port }) => {
    expect(readConfig({ ...env, ISTHMUS_GATEWAY_LISTEN: text }, readFile).listen).toEqual({ host, port });
  });

  it("reads the authority of ClickHouse's certificate, and says where it cannot", () => {
    const set = (path: string) => readConfig({ ...env, ISTHMUS_CLICKHOUSE_CA_FILE: path }, readFile).clickhouse.ca;
    expect([set(""), set("/keys/now.pem")]).toEqual([undefined, pem]);
    expect(() => set("/keys/absent.pem")).toThrow("ISTHMUS_CLICKHOUSE_CA_FILE");
  });

  it("reads the next key", () => {
    const config = readConfig({ ...env, ISTHMUS_NEXT_SIGNING_KEY_FILE: "/keys/next.pem" }, readFile);
    expect(config.nextSigningKey?.id).toMatch(/^SHA256:/);
    expect(config.nextSigningKey?.id).not.toBe(config.signingKey.id);
  });

  it.each([
    { name: "ISTHMUS_DATABASE_URL", value: "" },
    { name: "ISTHMUS_CLICKHOUSE_URL", value: "" },
    { name: "ISTHMUS_SIGNING_KEY_FILE", value: "" },
    { name: "ISTHMUS_SIGNING_KEY_FILE", value: "/keys/absent.pem" },
    { name: "ISTHMUS_SIGNING_KEY_FILE", value: "/keys/bad.pem" },
    { name: "ISTHMUS_GATEWAY_LISTEN", value: "host" },
    { name: "ISTHMUS_GATEWAY_LISTEN", value: "host:99999" },
    { name: "ISTHMUS_GATEWAY_ROLES", value: "sessions,cook" },
    { name: "ISTHMUS_GATEWAY_ROLES", value: "," },
    { name: "ISTHMUS_FLOW_RETENTION_DAYS", value: "0" },
    { name: "ISTHMUS_FLOW_RETENTION_DAYS", value: "1.5" },
  ])("names $name when it is `$value`", ({ name, value }) => {
    expect(() => readConfig({ ...env, [name]: value }, readFile)).toThrow(name);
  });
});
