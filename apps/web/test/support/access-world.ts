import { createFlowStore, migrateFlowStore } from "@isthmus/flow-store";
import { startTestFlowStore } from "@isthmus/flow-store/testing";
import superjson from "superjson";
import { handleApiRequest } from "../../src/server/handler";
import { appRouter } from "../../src/server/router";
import type { Server } from "../../src/server/server";
import type { ProcedureMeta } from "../../src/server/trpc";
import type { Target } from "../access-table";
import { startTestWeb, type TestWeb } from "../people";
import { seed } from "../seed";

export type Headers = Readonly<Record<string, string>>;

/** Where something of an organisation is made, by name. */
interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly tier: string;
}

/** An organisation with three clusters, their evidence, and three tiers. */
export interface SeededOrganisation {
  readonly owner: Awaited<ReturnType<TestWeb["organisation"]>>;
  /** Clusters by name. */
  readonly ids: Readonly<Record<string, string>>;
  /** Makes an applied policy and a draft at a place. */
  readonly targetAt: (place: Place) => Promise<Target>;
}

/** Postgres, ClickHouse and the whole API over them. */
export interface AccessWorld {
  readonly web: TestWeb;
  readonly server: Server;
  /** `word` is put into every text that a person may write. */
  seeded(name: string, word?: string): Promise<SeededOrganisation>;
  stop(): Promise<void>;
}

const yamlOf = ({ tier, namespace }: Place, name: string, word: string) =>
  `# ${word}\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata:\n  name: ${tier}.${name}\n  namespace: ${namespace}\nspec:\n  tier: ${tier}\n  selector: all()\n  types: [Ingress]\n  ingress:\n    - action: Allow\n`;

export async function startAccessWorld(): Promise<AccessWorld> {
  const [web, clickhouse] = await Promise.all([startTestWeb(), startTestFlowStore()]);
  await migrateFlowStore(clickhouse.connection, { retentionDays: 30, deployment: "embedded" });
  const flows = createFlowStore(clickhouse.connection);
  web.clock.advance(Date.now() - web.clock.now());
  return {
    web,
    server: { ...web.server, flows },
    seeded: async (name, word = "") => {
      const owner = await web.organisation(name);
      const { ids } = await seed(
        { database: web.database, flows },
        { organisationId: owner.id, personId: owner.personId, nowMs: web.clock.now(), minutes: 5 },
      );
      for (const [order, tier] of ["team", "team-two", "guard"].entries()) {
        await owner.as.tiers.create({ name: tier, order: 100 + order, description: word });
      }
      const targetAt = async (place: Place): Promise<Target> => {
        const { cluster, namespace, tier } = place;
        const placement = `name == "${cluster}"`;
        const policyName = `in-${cluster}-${namespace}`;
        const save = (called: string) =>
          owner.as.policies.saveRevision({ yaml: yamlOf(place, called, word), placement, comment: word });
        const { policyId, revisionId } = await save(policyName);
        await owner.as.policies.applyRevision({ policyId, revisionId, comment: word });
        const draft = await save(`draft-${cluster}-${namespace}`);
        const page = await flows.flowPage(
          { organisationId: owner.id, places: new Map([[ids[cluster]!, new Set([namespace])]]) },
          { range: { fromMs: Date.now() - 3_600_000, toMs: Date.now() }, limit: 1 },
        );
        return {
          ...place,
          cluster: ids[cluster]!,
          clusterName: cluster,
          otherTier: "team-two",
          policy: policyId,
          revision: revisionId,
          draft: draft.policyId,
          yaml: yamlOf({ ...place, tier }, policyName, word),
          placement,
          flow: page.flows[0]!.id,
          peer: ids[cluster === "eu-central" ? "us-east" : "eu-central"]!,
        };
      };
      return { owner, ids, targetAt };
    },
    stop: async () => {
      await flows.close();
      await Promise.all([web.stop(), clickhouse.stop()]);
    },
  };
}

interface Described {
  readonly type: "query" | "mutation" | "subscription";
  readonly meta?: ProcedureMeta;
}
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, { readonly _def: Described }>);

/** Every procedure of the API by its path. */
export const described: ReadonlyMap<string, Described> = new Map(procedures.map(([path, { _def }]) => [path, _def]));

/** How a procedure answers, as far as access is concerned. */
export type Answer = "answered" | "refused" | "none" | "nobody";
const classes: Readonly<Record<string, Answer>> = {
  forbidden: "refused",
  "not-found": "none",
  "not-signed-in": "nobody",
};

/** A call of a procedure as a page of the product makes it. */
interface Asked {
  readonly path: string;
  readonly input: unknown;
  readonly headers: Headers;
}

/** Asks over HTTP. A refusal by anything else than access, as by what it was told, counts as an answer. */
export async function ask(server: Server, { path, input, headers }: Asked): Promise<{ answer: Answer; raw: string }> {
  const body = JSON.stringify(superjson.serialize(input));
  const { type } = described.get(path)!;
  const query = type !== "mutation";
  const response = await handleApiRequest(
    server,
    new Request(`http://localhost:7400/api/trpc/${path}${query ? `?input=${encodeURIComponent(body)}` : ""}`, {
      method: query ? "GET" : "POST",
      headers: { "sec-fetch-site": "same-origin", "content-type": "application/json", ...headers },
      ...(query ? {} : { body }),
    }),
  );
  const raw = await response.text();
  const code = /"code":"([a-z-]+)"/.exec(raw)?.[1];
  // A stream that is refused says so in its first event.
  const failed = !response.ok || type === "subscription";
  return { answer: failed ? (classes[code ?? ""] ?? "answered") : "answered", raw };
}
