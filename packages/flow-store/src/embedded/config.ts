import { resolve } from "node:path";

/** What the process reads from its environment. */
export interface EmbeddedConfig {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly exitWithParent: boolean;
}

/** Reads the configuration; each error names the variable and the cure. */
export function readEmbeddedConfig(environment: Readonly<Record<string, string | undefined>>): EmbeddedConfig {
  const data = environment["ISTHMUS_CLICKHOUSE_DATA"];
  if (!data) throw new Error("ISTHMUS_CLICKHOUSE_DATA is not set: give the folder where the evidence is to be kept");
  const password = environment["ISTHMUS_CLICKHOUSE_PASSWORD"];
  if (!password) throw new Error("ISTHMUS_CLICKHOUSE_PASSWORD is not set: give the secret that clients must show");
  const listen = environment["ISTHMUS_CLICKHOUSE_LISTEN"] ?? "127.0.0.1:7440";
  const [, host = "", port = ""] = /^(.+):(\d{1,5})$/.exec(listen) ?? [];
  if (host === "" || Number(port) > 65_535) {
    throw new Error(`ISTHMUS_CLICKHOUSE_LISTEN is ${listen}: give an address and a port, as in 127.0.0.1:7440`);
  }
  return {
    dataFolder: resolve(data),
    host,
    port: Number(port),
    user: environment["ISTHMUS_CLICKHOUSE_USER"] ?? "isthmus",
    password,
    exitWithParent: environment["ISTHMUS_EXIT_WITH_PARENT"] === "1",
  };
}
