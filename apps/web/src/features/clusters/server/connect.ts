import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  clusterNameInUse,
  createCluster,
  createGrant,
  DatabaseError,
  findCluster,
  listSigningKeys,
  publish,
  type GrantOptions,
  type GrantPlace,
  type OrganisationTransaction,
  type SigningKeyRecord,
} from "@isthmus/db";
import type { RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { hashSecret, newSecret } from "../../../server/random-secret";
import { recordAct, type Acting } from "../../audit/server";
import { fillManifest } from "../model/agent-manifest";
import { clusterNameProblem, labelProblems } from "../model/labels";
import type { AgentOptions, ConnectInput, GrantTerms } from "./inputs";
import { noCluster } from "./read";
import { sealManifest } from "./seal";

/** What the agent is given where a person chose nothing else. */
export const agentDefaults = {
  namespace: "isthmus",
  goldmaneAddress: "goldmane.calico-system.svc:7443",
  goldmaneTlsSecret: "whisker-backend-key-pair",
  goldmaneCaConfigMap: "goldmane-ca-bundle",
} as const;

const HOUR_MS = 3_600_000;

/** What "Connect a cluster" shows before anything is made. */
export async function connectDefaults({ server, organisation }: Pick<Acting, "server" | "organisation">) {
  const keys = await organisation.transaction((tx) => listSigningKeys(tx));
  const { agentImage, gatewayUrls, publicUrl } = server.config;
  return {
    ...agentDefaults,
    image: agentImage ?? null,
    gatewayUrls,
    publicUrl,
    pinnedKeys: keys.map(({ keyId, state }) => ({ keyId, state })),
  };
}

/** What a person is shown once: the manifest holds the grant's secret, of which only the hash is kept. */
export interface ShownGrant {
  readonly grantId: string;
  readonly expiresAt: Date;
  readonly manifest: string;
  /** A link to the manifest that works once. */
  readonly manifestUrl: string;
}

/** A grant of one cluster. */
export interface MadeGrant extends ShownGrant {
  readonly clusterId: string;
}

/** Reads the agent's manifest, unfilled. */
export async function readTemplate({ config }: RequestContext["server"]): Promise<string> {
  const places =
    config.agentManifest === undefined
      ? [".", "../.."].map((up) => join(process.cwd(), up, "deploy/agent/agent.yaml"))
      : [config.agentManifest];
  for (const place of places) {
    const text = await readFile(place, "utf8").catch(() => undefined);
    if (text !== undefined) return text;
  }
  throw new AppError(
    "barred",
    `The agent's manifest is not at ${places.join(" or ")}. Set ISTHMUS_AGENT_MANIFEST to the file deploy/agent/agent.yaml.`,
  );
}

function chosenOptions(
  chosen: AgentOptions,
  { config }: RequestContext["server"],
  keys: readonly SigningKeyRecord[],
): GrantOptions {
  const image = chosen.image || config.agentImage;
  if (image === undefined) {
    throw new AppError(
      "barred",
      "No image of the agent is set. Build it as the page says, then set ISTHMUS_AGENT_IMAGE or name the image here.",
    );
  }
  if (config.gatewayUrls.length === 0) {
    throw new AppError(
      "barred",
      "No address of a gateway is set that clusters can dial. Set ISTHMUS_GATEWAY_PUBLIC_URLS, for example to wss://mesh.example.org.",
    );
  }
  if (keys.length === 0) {
    throw new AppError(
      "barred",
      "No gateway has started yet, so there is no key that the agent could know it by. Start a gateway, then try again.",
    );
  }
  return {
    namespace: agentDefaults.namespace,
    goldmaneAddress: chosen.goldmaneAddress || agentDefaults.goldmaneAddress,
    image,
    gatewayUrls: config.gatewayUrls,
    pinnedKeyIds: keys.map((key) => key.keyId),
  };
}

/** What a grant is made for, and what the audit log and the manifest call it. */
type GrantFor = GrantPlace & { readonly name: string };

interface Wanted {
  readonly place: GrantFor;
  readonly options: AgentOptions;
  readonly terms: GrantTerms;
  readonly template: string;
}

/** Makes a grant and its manifest, in the transaction of what it is made for. */
export async function makeGrant(tx: OrganisationTransaction, ctx: Acting, wanted: Wanted): Promise<ShownGrant> {
  const { place, options: chosen, terms, template } = wanted;
  const options = chosenOptions(chosen, ctx.server, await listSigningKeys(tx));
  const now = ctx.server.clock.now();
  const expiresAt = new Date(now + terms.hours * HOUR_MS);
  const grantId = randomUUID();
  // Text, so that it passes through a Secret, a mounted file and an environment unharmed; its UTF-8 bytes are hashed.
  const secret = newSecret();
  const manifest = filledManifest(template, { wanted, options, grantId, secret, expiresAt });
  const { token, sealed } = sealManifest(manifest, grantId);
  const { name, ...isFor } = place;
  await createGrant(tx, {
    id: grantId,
    for: isFor,
    needsApproval: terms.approval,
    secretHash: hashSecret(secret),
    expiresAt,
    redemptionsAllowed: terms.redemptions,
    options: { ...options, sealedManifest: sealed },
    createdBy: ctx.person.id,
    at: new Date(now),
  });
  await recordAct(tx, ctx, {
    action: "grant.create",
    target:
      place.kind === "cluster" ? { kind: "cluster", id: place.clusterId, name } : { kind: "grant", id: grantId, name },
    detail: {
      after: {
        grantId,
        expiresAt: expiresAt.toISOString(),
        redemptions: terms.redemptions,
        approval: terms.approval,
        ...(place.kind === "fleet" ? { labels: place.labels } : {}),
        pinnedKeyIds: options.pinnedKeyIds,
        image: options.image,
      },
    },
  });
  await publish(tx, { topic: "session", id: place.kind === "cluster" ? place.clusterId : grantId });
  const manifestUrl = `${ctx.server.config.publicUrl}/connect/${grantId}/${token}`;
  return { grantId, expiresAt, manifest, manifestUrl };
}

interface Filling {
  readonly wanted: Wanted;
  readonly options: GrantOptions;
  readonly grantId: string;
  readonly secret: string;
  readonly expiresAt: Date;
}

function filledManifest(template: string, { wanted, options, grantId, secret, expiresAt }: Filling): string {
  const { place, options: chosen, terms } = wanted;
  const heading =
    place.kind === "cluster"
      ? `Isthmus agent for the cluster ${place.name}.`
      : `Isthmus agent for up to ${terms.redemptions} clusters, whose names will begin with ${place.name}-.`;
  const filled = fillManifest(
    template,
    {
      image: options.image,
      imagePullPolicy: "IfNotPresent",
      gatewayUrls: options.gatewayUrls,
      pins: options.pinnedKeyIds,
      grantId,
      grantSecretBase64: Buffer.from(secret, "utf8").toString("base64"),
      caBundle: Buffer.from(chosen.caPem ?? "", "utf8").toString("base64"),
      goldmaneAddress: options.goldmaneAddress,
      goldmaneTlsSecret: chosen.goldmaneTlsSecret || agentDefaults.goldmaneTlsSecret,
      goldmaneCaConfigMap: chosen.goldmaneCaConfigMap || agentDefaults.goldmaneCaConfigMap,
    },
    [heading, `It holds a secret that is good until ${expiresAt.toISOString()}. Do not keep this file.`],
  );
  if (!filled.ok) throw new AppError("invalid-input", `${filled.error.message}.`);
  return filled.value;
}

function checkNaming(input: ConnectInput): void {
  const nameProblem = clusterNameProblem(input.name);
  if (nameProblem !== undefined) throw new AppError("invalid-input", `name: ${nameProblem}`);
  const [problem] = labelProblems(input.labels);
  if (problem) throw new AppError("invalid-input", `${problem.field}: ${problem.message}`);
}

const nameTaken = (name: string) =>
  new AppError(
    "conflict",
    `There is a cluster called \`${name}\` already. Take another name, or open that cluster to make it a new grant.`,
  );

/** Makes a cluster and its first grant in one transaction. */
export async function connectCluster(ctx: Acting, input: ConnectInput): Promise<MadeGrant> {
  checkNaming(input);
  const joining = { kind: "cluster", clusterId: "", name: input.name, labels: input.labels } as const;
  ctx.authorize(
    "clusters.connect",
    joining,
    "You may connect clusters with certain labels alone, and these are others. Give it the labels that your role is limited to.",
  );
  const template = await readTemplate(ctx.server);
  const cluster = { id: randomUUID(), name: input.name };
  try {
    return await ctx.organisation.transaction(async (tx) => {
      if (await clusterNameInUse(tx, input.name)) throw nameTaken(input.name);
      await createCluster(tx, {
        ...cluster,
        labels: input.labels,
        createdBy: ctx.person.id,
        at: new Date(ctx.server.clock.now()),
      });
      await recordAct(tx, ctx, {
        action: "cluster.connect",
        target: { kind: "cluster", ...cluster },
        detail: { after: { name: cluster.name, labels: input.labels } },
      });
      const place = { kind: "cluster", clusterId: cluster.id, name: cluster.name } as const;
      const made = await makeGrant(tx, ctx, { place, options: input.options, terms: input.grant, template });
      return { clusterId: cluster.id, ...made };
    });
  } catch (error) {
    if (error instanceof DatabaseError && error.code === "unique-violation") throw nameTaken(input.name);
    throw error;
  }
}

/** Makes another grant for a cluster, as when the first expired or the agent's credential was revoked. */
export async function renewGrant(
  ctx: Acting,
  input: { readonly clusterId: string; readonly options: AgentOptions; readonly grant: GrantTerms },
): Promise<MadeGrant> {
  const template = await readTemplate(ctx.server);
  return ctx.organisation.transaction(async (tx) => {
    const cluster = await findCluster(tx, input.clusterId);
    if (!cluster) throw noCluster();
    ctx.authorize("clusters.connect", { kind: "cluster", clusterId: cluster.id });
    const place = { kind: "cluster", clusterId: cluster.id, name: cluster.name } as const;
    const made = await makeGrant(tx, ctx, { place, options: input.options, terms: input.grant, template });
    return { clusterId: cluster.id, ...made };
  });
}
