import type { OrganisationClient } from "@isthmus/db";
import { bindFlows, type BoundFlows } from "./bound-flows";
import type { Identity } from "./identity";
import type { Log } from "./log";
import { numberByAuthor } from "./numbered-flows";
import type { Server } from "./server";

/** What a procedure of a signed-in person is given: everything in it is bound to the organisation. */
export interface PersonContext {
  readonly identity: Identity;
  readonly person: Identity["person"];
  readonly organisationId: string;
  /** Postgres: `ctx.organisation.transaction((tx) => listX(tx, …))`. */
  readonly organisation: OrganisationClient;
  /** ClickHouse: `ctx.flows.flowPage({ range, limit })`. */
  readonly flows: BoundFlows;
}

/** What every procedure is given. */
export interface RequestContext {
  readonly server: Server;
  readonly log: Log;
  /** Of the person whose session this request carries; undefined for nobody. */
  readonly identity: Identity | undefined;
  /** True when the browser says that the request came from a page of this site. */
  readonly sameOrigin: boolean;
  readonly ip: string;
  readonly userAgent: string;
  /** Sets headers of the answer, as cookies. */
  readonly responseHeaders: Headers;
}

/** Binds the stores to one organisation and one person's scope; the only place where that happens. */
export function bindToPerson(server: Server, identity: Identity): PersonContext {
  const organisation = server.database.forOrganisation(identity.organisationId);
  // Every member may see every place until access by role comes; this is where it will be narrowed.
  const flows = bindFlows(server.flows, { organisationId: identity.organisationId, places: "all" });
  return {
    identity,
    person: identity.person,
    organisationId: identity.organisationId,
    organisation,
    flows: numberByAuthor(flows, (clusterIds) => server.authorRules(organisation, clusterIds)),
  };
}
