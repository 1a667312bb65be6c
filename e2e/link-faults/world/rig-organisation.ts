import { randomBytes, randomUUID } from "node:crypto";
import {
  appendApplication,
  appendRevision,
  createCluster,
  createGrant,
  createOrganisation,
  createPolicy,
  createTier,
  findCluster,
  installationId,
  publish,
  type ClusterSessionRecord,
  type Database,
  type OrganisationClient,
} from "@isthmus/db";
import { sha256 } from "@isthmus/protocol";

/** The installation, which makes organisations, and the person in whose name the rig does what it does. */
export interface Installation {
  readonly database: Database;
  readonly organisation: OrganisationClient;
  readonly personId: string;
}

/** Makes the first organisation and its owner. */
export async function bootstrap(database: Database): Promise<Installation> {
  const [organisationId, personId] = [randomUUID(), randomUUID()];
  await database.lookups.bootstrapOwner({
    organisationId,
    organisationName: "Rig",
    personId,
    email: "rig@example.test",
    displayName: "Rig",
    passwordHash: "x",
    mustChangePassword: false,
  });
  return { database, organisation: database.forOrganisation(installationId), personId };
}

/** What a grant's manifest carries. */
export interface Grant {
  readonly id: string;
  readonly secret: string;
}

/** An organisation of one schedule, with a policy that its clusters are to hold. */
export class RigOrganisation {
  readonly #organisation: OrganisationClient;
  readonly #personId: string;
  readonly #pinnedKeyIds: readonly string[];
  readonly #tier: string;
  readonly #policyId = randomUUID();
  readonly #clusterIds: string[] = [];
  /** What the policy selects now. */
  selector = "";

  private constructor(organisation: OrganisationClient, { personId, tier, pinnedKeyIds }: RigOrganisationOptions) {
    this.#organisation = organisation;
    this.#personId = personId;
    this.#tier = tier;
    this.#pinnedKeyIds = pinnedKeyIds;
  }

  /** Makes it, with a tier and an empty policy. */
  static async make(
    installation: Installation,
    options: Omit<RigOrganisationOptions, "personId">,
  ): Promise<RigOrganisation> {
    const { database, personId } = installation;
    const id = randomUUID();
    await installation.organisation.transaction((tx) => createOrganisation(tx, { id, name: `rig ${id}` }));
    const made = new RigOrganisation(database.forOrganisation(id), { ...options, personId });
    await made.#makePolicy();
    return made;
  }

  get policyName(): string {
    return `${this.#tier}.rig`;
  }

  async #makePolicy(): Promise<void> {
    const [tierId, at, by] = [randomUUID(), new Date(), this.#personId];
    await this.#organisation.transaction(async (tx) => {
      const tier = { id: tierId, name: this.#tier, order: 500, defaultAction: "Pass" as const, description: "" };
      await createTier(tx, { ...tier, createdBy: by, at });
      const policy = { id: this.#policyId, tierId, kind: "GlobalNetworkPolicy" as const, namespace: "" };
      await createPolicy(tx, { ...policy, name: this.policyName, createdBy: by, at });
    });
  }

  /** Makes a cluster, and a grant for its agent. */
  async enrol(name: string): Promise<{ readonly clusterId: string; readonly grant: Grant }> {
    const [clusterId, grant] = [randomUUID(), { id: randomUUID(), secret: randomBytes(32).toString("base64url") }];
    const by = { createdBy: this.#personId, at: new Date() };
    const options = {
      namespace: "isthmus",
      goldmaneAddress: "",
      image: "",
      gatewayUrls: [],
      pinnedKeyIds: [...this.#pinnedKeyIds],
    };
    await this.#organisation.transaction(async (tx) => {
      await createCluster(tx, { id: clusterId, name, labels: {}, ...by });
      await createGrant(tx, {
        id: grant.id,
        for: { kind: "cluster", clusterId },
        needsApproval: false,
        secretHash: sha256(grant.secret),
        expiresAt: new Date(Date.now() + 3_600_000),
        redemptionsAllowed: 1,
        options,
        ...by,
      });
    });
    this.#clusterIds.push(clusterId);
    return { clusterId, grant };
  }

  /** Applies another revision of the policy to every cluster, as a person does; rejects while Postgres is away. */
  async changePolicy(selector: string): Promise<void> {
    const [revisionId, at, by] = [randomUUID(), new Date(), this.#personId];
    const manifest = {
      apiVersion: "projectcalico.org/v3",
      kind: "GlobalNetworkPolicy",
      metadata: { name: this.policyName },
      spec: { tier: this.#tier, order: 10, selector, types: ["Ingress"], ingress: [{ action: "Pass" }] },
    };
    await this.#organisation.transaction(async (tx) => {
      await appendRevision(tx, {
        clusterIds: [],
        id: revisionId,
        policyId: this.#policyId,
        manifestYaml: "",
        manifest,
        digest: revisionId,
        placementSelector: "all()",
        comment: "",
        createdBy: by,
        at,
      });
      await appendApplication(tx, {
        policyId: this.#policyId,
        revisionId,
        clusterIds: [...this.#clusterIds],
        approvedBy: by,
        comment: "",
        at,
      });
      await publish(tx, { topic: "policy", id: this.#policyId });
    });
    this.selector = selector;
  }

  /** How the app shows a cluster's session; null where there was never any. */
  async session(clusterId: string): Promise<ClusterSessionRecord | null> {
    const cluster = await this.#organisation.transaction((tx) => findCluster(tx, clusterId));
    return cluster?.session ?? null;
  }
}

interface RigOrganisationOptions {
  readonly personId: string;
  /** Its policy is `<tier>.rig`. */
  readonly tier: string;
  readonly pinnedKeyIds: readonly string[];
}
