import { authorize, type Access, type Permission, type Resource } from "@isthmus/access";
import type { OrganisationClient } from "@isthmus/db";
import type { Authority } from "./authority";
import { bindFlows, bindStorage, type BoundFlows, type StorageUsed } from "./bound-flows";
import type { Identity } from "./identity";
import { createKeptEvidence } from "./kept-evidence";
import type { Log } from "./log";
import { numberByAuthor } from "./numbered-flows";
import { Refusal, refusalOf } from "./refusal";
import type { Server } from "./server";

/** What a procedure of a signed-in person is given: everything in it is bound to the organisation and to their access. */
export interface PersonContext {
  readonly identity: Identity;
  readonly person: Identity["person"];
  readonly organisationId: string;
  readonly authority: Authority;
  readonly access: Access;
  /**
   * Refuses unless the permission is granted for the very thing; `permitted` only asked whether it is anywhere. `why`
   * says it in words of the thing, where "you have not this permission here" would not help.
   */
  readonly authorize: (permission: Permission, resource: Resource, why?: string) => void;
  /** Postgres, narrowed to what the person may read: `ctx.organisation.transaction((tx) => listX(tx, …))`. */
  readonly organisation: OrganisationClient;
  /** Postgres, not narrowed: for checks whose answer tells nothing of what was read, and for changes that must see all. */
  readonly wholeOrganisation: OrganisationClient;
  /** ClickHouse, narrowed too: `ctx.flows.flowPage({ range, limit })`. */
  readonly flows: BoundFlows;
  /** What the whole organisation stores, whatever of it the person sees. */
  readonly storageUsed: StorageUsed;
}

/** What every procedure is given. */
export interface RequestContext {
  readonly server: Server;
  readonly log: Log;
  /** Of the person whose session or token this request carries; undefined for nobody. */
  readonly identity: Identity | undefined;
  /** True when the browser says that the request came from a page of this site, or a token proves who asks. */
  readonly sameOrigin: boolean;
  readonly ip: string;
  readonly userAgent: string;
  /** Sets headers of the answer, as cookies. */
  readonly responseHeaders: Headers;
}

/**
 * Binds the stores to one organisation and one person's access; the only place where that happens. When the signal says
 * that the person has left, what was asked of ClickHouse ends there too.
 */
export async function bindToPerson(server: Server, identity: Identity, signal?: AbortSignal): Promise<PersonContext> {
  const { organisationId } = identity;
  const authority = await server.authorities.of(server.database, identity);
  const { access, reach } = authority;
  const wholeOrganisation = server.database.forOrganisation(organisationId);
  const kept = createKeptEvidence(server, wholeOrganisation);
  const flows = bindFlows(server.flows, { organisationId, places: access.places("flows.read"), signal, kept });
  return {
    identity,
    person: identity.person,
    organisationId,
    authority,
    access,
    authorize: (permission, resource, why) => {
      if (authorize(access, permission, resource)) return;
      throw why === undefined ? refusalOf(permission, "here", identity) : new Refusal(permission, why);
    },
    organisation: server.database.forOrganisation(organisationId, reach),
    wholeOrganisation,
    // Numbers of rules are read of whole clusters and kept for everybody; they are only ever put on flows in reach.
    storageUsed: bindStorage(server.flows, { organisationId, signal }),
    flows: numberByAuthor(flows, (clusterIds) => server.authorRules(wholeOrganisation, clusterIds)),
  };
}
