// A gateway as its own process, for tests that kill it. Its composition differs from the real main in one thing: the
// flow writer dies at the point that the test names, as a machine that loses power does.
import { randomBytes, randomUUID } from "node:crypto";
import { createFlowStore, type FlowWriter } from "@isthmus/flow-store";
import { createDatabase, createJobLeader, listen, type Database, type OrganisationTransaction } from "@isthmus/db";

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

/**
 * A database whose process stops, as by SIGSTOP, at the end of a transaction that wrote, before it commits. Of a gateway's
 * transactions only those that write answer nothing. SIGUSR2 asks for it.
 */
function freezing(database: Database): Database {
  let isAsked = false;
  process.on("SIGUSR2", () => {
    isAsked = true;
  });
  return {
    ...database,
    forOrganisation: (id, reach) => {
      const organisation = database.forOrganisation(id, reach);
      return {
        ...organisation,
        transaction: (work, options) =>
          organisation.transaction(async (tx: OrganisationTransaction) => {
            const answer = await work(tx);
            if (isAsked && answer === undefined) {
              isAsked = false;
              process.kill(process.pid, "SIGSTOP");
              await new Promise((resolve) => setTimeout(resolve, 10));
            }
            return answer;
          }, options),
      };
    },
  };
}
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
    database: freezing(createDatabase(orders.databaseUrl, { kind: "gateway" })),
    listen: (events) => listen(orders.databaseUrl, events),
    leader: createJobLeader(orders.databaseUrl),
    flows: {
      ...flows,
      insertFlows: async (...insert: Parameters<FlowWriter["insertFlows"]>) => {
        if (orders.dieAt === "before-insert") await die();
        await flows.insertFlows(...insert);
        if (orders.dieAt === "after-insert") await die();
      },
    },
    clock: wallClock,
    log: pino({ level: process.env["ISTHMUS_TEST_LOG"] ?? "silent" }, pino.destination(2)),
    randomBytes: (length) => randomBytes(length),
    newId: () => randomUUID(),
  },
);
process.stdout.write(`${JSON.stringify({ port: gateway.port })}\n`);
