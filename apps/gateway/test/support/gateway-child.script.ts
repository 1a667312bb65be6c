// A gateway as its own process, for tests that kill it. Its composition differs from the real main in one thing: the
// flow writer dies at the point that the test names, as a machine that loses power does.
import { randomBytes, randomUUID } from "node:crypto";
import { createDatabase, createJobLeader, listen } from "@isthmus/db";
import { createFlowStore, type FlowBatchInsert } from "@isthmus/flow-store";
import { linkKeyFromPem } from "@isthmus/protocol";
import { pino } from "pino";
import type { Role } from "../../src/config";
import { startGateway } from "../../src/gateway";
import { wallClock } from "../../src/wall-clock";

interface Orders {
  readonly databaseUrl: string;
  readonly connection: Parameters<typeof createFlowStore>[0];
  readonly signingKeyPem: string;
  readonly roles: readonly Role[];
  readonly dieAt: "before-insert" | "after-insert" | "never";
}

const orders = JSON.parse(process.argv[2] ?? "{}") as Orders;
const key = linkKeyFromPem(orders.signingKeyPem);
if (!key.ok) throw new Error(key.error.message);
const flows = createFlowStore(orders.connection);
const die = (): Promise<never> => {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
};
const gateway = await startGateway(
  {
    listen: { host: "127.0.0.1", port: 0 },
    roles: orders.roles,
    gatewayId: `child/${randomUUID()}`,
    signingKey: key.value,
    nextSigningKey: undefined,
    retentionDays: 7,
  },
  {
    database: createDatabase(orders.databaseUrl),
    listen: (events) => listen(orders.databaseUrl, events),
    leader: createJobLeader(orders.databaseUrl),
    flows: {
      ...flows,
      insertFlowBatch: async (batch: FlowBatchInsert) => {
        if (orders.dieAt === "before-insert") await die();
        await flows.insertFlowBatch(batch);
        if (orders.dieAt === "after-insert") await die();
      },
    },
    clock: wallClock,
    log: pino({ level: "silent" }),
    randomBytes: (length) => randomBytes(length),
    newId: () => randomUUID(),
  },
);
process.stdout.write(`${JSON.stringify({ port: gateway.port })}\n`);
