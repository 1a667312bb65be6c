import { randomUUID } from "node:crypto";
import { installationId } from "@isthmus/db";
import { createFlowStore, migrateFlowStore, type FlowStore } from "@isthmus/flow-store";
import { startTestFlowStore } from "@isthmus/flow-store/testing";
import superjson from "superjson";
import { handleApiRequest } from "../../src/server/handler";
import { appRouter } from "../../src/server/router";
import type { Server } from "../../src/server/server";
import type { ProcedureMeta } from "../../src/server/trpc";
import type { Target } from "../access-table";
import { startTestWeb, type TestWeb } from "../people";
import { seed } from "../seed";
import { thingsOf, type Maker, type Things } from "./access-things";
import { startForgingProvider } from "./forging-provider";

export type Headers = Readonly<Record<string, string>>;

/** Where something of an organisation is made, by name. */
export interface Place {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: string;
  readonly tier: string;
  readonly inside?: boolean;
}

/** An organisation with three clusters, their evidence, and three tiers. */
export interface SeededOrganisation {
  readonly owner: Awaited<ReturnType<TestWeb["organisation"]>>;
  /** Clusters by name. */
  readonly ids: Readonly<Record<string, string>>;
  /** Makes an applied policy and a draft at a place. */
  readonly targetAt: (place: Place) => Promise<Target>;
  readonly things: Things;
  /** Ids of clusters and names of tiers that things are made with where a place is inside. */
  readonly spareClusters: readonly string[];
  readonly spareTiers: readonly string[];
}

/** Postgres, ClickHouse and the whole API over them. */
export interface AccessWorld {
  readonly web: TestWeb;
  readonly server: Server;
  readonly flows: FlowStore;
  /** `word` is put into every text that a person may write. */
  seeded(name: string, word?: string): Promise<SeededOrganisation>;
  /** What can be asked about in an organisation that somebody made. */
  thingsOf(maker: Maker): Things;
  /** What can be asked about in the installation. */
  installation(): Promise<Things>;
  stop(): Promise<void>;
}

const yamlOf = ({ tier, namespace }: Place, name: string, word: string) =>
  `# ${word}\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata:\n  name: ${tier}.${name}\n  namespace: ${namespace}\nspec:\n  tier: ${tier}\n  selector: all()\n  types: [Ingress]\n  ingress:\n    - action: Allow\n`;

export async function startAccessWorld(): Promise<AccessWorld> {
  const [web, clickhouse, forging] = await Promise.all([startTestWeb(), startTestFlowStore(), startForgingProvider()]);
  await migrateFlowStore(clickhouse.connection, { deployment: "embedded" });
  const flows = createFlowStore(clickhouse.connection);
  web.clock.advance(Date.now() - web.clock.now());
  const server = { ...web.server, flows };
  const made = { web, server, issuer: forging.issuer };
  const thingsIn = (maker: Maker) => {
    const spareClusters = Array.from({ length: 40 }, () => randomUUID());
    const spareTiers = spareClusters.map((_, at) => `spare-${at}`);
    const spare = { spareClusters: [...spareClusters], spareTiers: [...spareTiers] };
    return { things: thingsOf({ ...made, maker, ...spare }), spareClusters, spareTiers };
  };
  return {
    web,
    server,
    flows,
    thingsOf: (maker) => thingsIn(maker).things,
    installation: async () => {
      const { personId, as } = await web.member(installationId, "maker", "installation-administrator");
      return thingsIn({ organisationId: installationId, personId, as }).things;
    },
    seeded: async (name, word = "") => {
      const owner = await web.organisation(name);
      const { ids } = await seed(
        { database: web.database, flows },
        { organisationId: owner.id, personId: owner.personId, nowMs: web.clock.now(), minutes: 5 },
      );
      const { things, ...spare } = thingsIn({ organisationId: owner.id, personId: owner.personId, as: owner.as });
      // Identities are published between clusters whose pods share no address.
      for (const [at, id] of Object.values(ids).entries())
        await things.sql("update cluster set pod_cidrs = array[$2] where id = $1", [id, `10.${at + 20}.0.0/16`]);
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
          inside: place.inside === true,
        };
      };
      return { owner, ids, targetAt, things, ...spare };
    },
    stop: async () => {
      await flows.close();
      await Promise.all([web.stop(), clickhouse.stop(), forging.stop()]);
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

/** How a procedure answers: it did it, or one of the ways in which access refuses, or with another error's code. */
export type Answer = "answered" | "refused" | "none" | "nobody" | `failed: ${string}`;
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

/** Asks over HTTP. */
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
  // A stream that is refused says so in its first event.
  if (response.ok && !raw.includes("event: serialized-error")) return { answer: "answered", raw };
  const code = /"code":"([a-z-]+)"/.exec(raw)?.[1] ?? String(response.status);
  return { answer: classes[code] ?? `failed: ${code}`, raw };
}
