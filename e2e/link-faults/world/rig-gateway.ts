import { createServer, type AddressInfo } from "node:net";
import { LinkProxy } from "../proxy/link-proxy";
import type { RigClickHouse } from "./rig-clickhouse";
import type { RigPostgres } from "./rig-postgres";
import { RigProcess } from "./rig-process";

/** A gateway's process with a proxy of its own before each store. */
export interface RigGateway {
  readonly process: RigProcess;
  readonly port: number;
  readonly postgresProxy: LinkProxy;
  readonly clickhouseProxy: LinkProxy;
  /** Its ids in sessions' rows, over its starts. */
  ids(): readonly string[];
  /** Whether it takes sessions and reaches both stores. */
  isReady(): Promise<boolean>;
  end(): Promise<void>;
}

/** What a gateway is made with. */
export interface RigGatewayParts {
  readonly name: string;
  readonly script: string;
  readonly folder: string;
  readonly signingKeyFile: string;
  readonly postgres: RigPostgres;
  readonly clickhouse: RigClickHouse;
}

/** Starts a gateway as it is shipped, in both roles. */
export async function startRigGateway(parts: RigGatewayParts): Promise<RigGateway> {
  const { name, script, folder, signingKeyFile, postgres, clickhouse } = parts;
  const [postgresProxy, clickhouseProxy] = [new LinkProxy(postgres.port), new LinkProxy(clickhouse.port)];
  const [postgresPort, clickhousePort, port] = await Promise.all([
    postgresProxy.listen(),
    clickhouseProxy.listen(),
    freePort(),
  ]);
  const { user, password, database } = clickhouse.credentials;
  const process = new RigProcess({
    name,
    script,
    folder,
    env: {
      ISTHMUS_GATEWAY_LISTEN: `127.0.0.1:${port}`,
      ISTHMUS_DATABASE_URL: postgres.appUrlAt(postgresPort),
      ISTHMUS_CLICKHOUSE_URL: `http://127.0.0.1:${clickhousePort}`,
      ISTHMUS_CLICKHOUSE_USER: user,
      ISTHMUS_CLICKHOUSE_PASSWORD: password,
      ISTHMUS_CLICKHOUSE_DATABASE: database,
      ISTHMUS_SIGNING_KEY_FILE: signingKeyFile,
    },
  });
  process.up();
  return {
    process,
    port,
    postgresProxy,
    clickhouseProxy,
    ids: () =>
      process.lines.flatMap(({ msg, gateway }) =>
        msg === "gateway listens" && typeof gateway === "string" ? [gateway] : [],
      ),
    isReady: () =>
      fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    end: async () => {
      await process.end();
      await Promise.all([postgresProxy.close(), clickhouseProxy.close()]);
    },
  };
}

/** A port that nothing listens on now: a gateway comes back at the one that it had. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // INVARIANT: a server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
