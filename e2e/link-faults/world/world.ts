import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDatabase } from "@isthmus/db";
import { generateLinkKey, type LinkKey } from "@isthmus/protocol";
import { eventually } from "../../support/eventually";
import { bundleProcesses } from "./bundles";
import { canLimitFiles } from "./file-limit";
import { startRigClickHouse, type RigClickHouse } from "./rig-clickhouse";
import { startRigSandbox, type RigCluster } from "./rig-cluster";
import { startRigGateway, type RigGateway } from "./rig-gateway";
import { bootstrap, type Installation } from "./rig-organisation";
import { startRigPostgres, type RigPostgres } from "./rig-postgres";

/** Everything of the link that lives longer than a schedule: stores, gateways, and the API servers of clusters. */
export interface World {
  readonly folder: string;
  readonly agentScript: string;
  readonly signingKey: LinkKey;
  readonly installation: Installation;
  readonly postgres: RigPostgres;
  readonly clickhouse: RigClickHouse;
  readonly gateways: readonly RigGateway[];
  readonly clusters: readonly RigCluster[];
  /** Whether files can be kept from growing here. */
  readonly canFillDisks: boolean;
  /** Waits until both gateways take sessions and reach their stores. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

const GATEWAYS = ["gateway-1", "gateway-2"] as const;

/** What was started, to be ended in the other order. */
class Started {
  readonly #ends: (() => unknown)[] = [];

  add(end: () => unknown): void {
    this.#ends.unshift(end);
  }

  /** Ends all of it, whatever of it fails to end. */
  async end(): Promise<void> {
    for (const end of this.#ends.splice(0)) await Promise.resolve(end()).catch(() => undefined);
  }
}

/** Starts it all; nothing listens beyond loopback. Where a part does not start the others are ended. */
export async function startWorld(): Promise<World> {
  const started = new Started();
  try {
    return await startIn(started);
  } catch (error) {
    await started.end();
    throw error;
  }
}

async function startIn(started: Started): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-rig-"));
  started.add(() => rmSync(folder, { recursive: true, force: true }));
  const scripts = await bundleProcesses();
  started.add(() => Object.values(scripts).forEach((script) => rmSync(script, { force: true })));
  const sandbox = await startRigSandbox();
  started.add(() => sandbox.stop());
  const postgres = await startRigPostgres();
  started.add(() => postgres.stop());
  const clickhouse = await startRigClickHouse();
  started.add(() => clickhouse.stop());
  const database = createDatabase(postgres.appUrlAt(postgres.port));
  started.add(() => database.close());
  const signingKey = generateLinkKey();
  const signingKeyFile = join(folder, "signing.pem");
  writeFileSync(signingKeyFile, signingKey.toPem(), { mode: 0o600 });
  const installation = await bootstrap(database);
  const gateways: RigGateway[] = [];
  for (const name of GATEWAYS) {
    const gateway = await startRigGateway({
      name,
      script: scripts.gateway,
      folder,
      signingKeyFile,
      postgres,
      clickhouse,
    });
    started.add(() => gateway.end());
    gateways.push(gateway);
  }
  const ready = async (): Promise<void> => {
    const all = async (): Promise<true | undefined> =>
      (await Promise.all(gateways.map((gateway) => gateway.isReady()))).every(Boolean) ? true : undefined;
    await eventually("both gateways to be ready", all, { timeoutMs: 60_000, everyMs: 200 });
  };
  await ready();
  return {
    folder,
    agentScript: scripts.agent,
    signingKey,
    installation,
    postgres,
    clickhouse,
    gateways,
    clusters: sandbox.clusters,
    canFillDisks: await canLimitFiles(),
    ready,
    stop: () => started.end(),
  };
}
