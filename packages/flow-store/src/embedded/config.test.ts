import { describe, expect, it } from "vitest";
import { readEmbeddedConfig } from "./config";

const given = { ISTHMUS_CLICKHOUSE_DATA: "/data", ISTHMUS_CLICKHOUSE_PASSWORD: "p" };

describe("readEmbeddedConfig", () => {
  it("has defaults for what may be left out", () => {
    expect(readEmbeddedConfig(given)).toEqual({
      dataFolder: "/data",
      host: "127.0.0.1",
      port: 7440,
      user: "isthmus",
      password: "p",
      exitWithParent: false,
    });
  });

  it.each([
    { variable: "ISTHMUS_CLICKHOUSE_DATA", value: undefined },
    { variable: "ISTHMUS_CLICKHOUSE_PASSWORD", value: "" },
    { variable: "ISTHMUS_CLICKHOUSE_LISTEN", value: "7440" },
    { variable: "ISTHMUS_CLICKHOUSE_LISTEN", value: "127.0.0.1:99999" },
  ])("names $variable when it is $value", ({ variable, value }) => {
    expect(() => readEmbeddedConfig({ ...given, [variable]: value })).toThrow(variable);
  });
});
