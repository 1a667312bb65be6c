import { permissionSpecs, type Permission } from "@isthmus/access";
import { appendAudit, type Database } from "@isthmus/db";
import type { Identity } from "./identity";
import { AppError } from "./errors";

/** Something was asked for that the identity may not do; `mapped` in trpc.ts writes it into the audit log. */
export class Refusal extends AppError {
  readonly permission: Permission | "own";
  constructor(permission: Permission | "own", message: string) {
    super("forbidden", message);
    this.permission = permission;
  }
}

/** Why, in words that name the permission and who can give it. */
export function refusalOf(permission: Permission, where: "anywhere" | "here", identity: Identity): Refusal {
  const { title } = permissionSpecs[permission];
  const gives =
    identity.token === undefined ? "none of your roles gives you" : `the token ${identity.token.name} has not`;
  const place = where === "here" ? " here" : "";
  return new Refusal(
    permission,
    `This needs the permission “${title}”, which ${gives}${place}. Whoever manages roles in ${identity.organisationName} can give it.`,
  );
}

/** Writes refusals into the audit log. */
export interface Refusals {
  /** Once a minute for each person and permission, so that nobody floods the log. */
  readonly note: (database: Database, refusal: RefusedRequest) => Promise<void>;
}

/** A request that was refused. */
export interface RefusedRequest {
  readonly identity: Identity;
  readonly permission: Permission | "own";
  /** Of the procedure. */
  readonly path: string;
  readonly ip: string;
  readonly nowMs: number;
}

const quietMs = 60_000;
const kept = 10_000;

/** Makes the writer; what it remembers is bounded. */
export function createRefusals(): Refusals {
  const noted = new Map<string, number>();
  return {
    note: async (database, { identity, permission, path, ip, nowMs }) => {
      const key = `${identity.organisationId}/${identity.person.id}/${permission}`;
      if (nowMs - (noted.get(key) ?? -Infinity) < quietMs) return;
      noted.delete(key);
      noted.set(key, nowMs);
      const [oldest] = noted.keys();
      if (noted.size > kept && oldest !== undefined) noted.delete(oldest);
      const { id, displayName } = identity.person;
      await database.forOrganisation(identity.organisationId).transaction((tx) =>
        appendAudit(tx, {
          actor: { kind: "person", id, name: displayName },
          action: "access.refuse",
          target: {
            kind: "permission",
            id: permission,
            name: permission === "own" ? "" : permissionSpecs[permission].title,
          },
          detail: { note: identity.token === undefined ? path : `${path}, with the token ${identity.token.name}` },
          ip,
          at: new Date(nowMs),
        }),
      );
    },
  };
}
