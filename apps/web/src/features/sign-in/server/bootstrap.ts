import { randomUUID } from "node:crypto";
import { appendAudit, type Database } from "@isthmus/db";
import { hashPassword } from "./password";

export interface FirstOwner {
  readonly email: string;
  readonly password: string;
}

/** Makes the first organisation and its owner where there is no organisation; false where there is one. */
export async function bootstrapFirstOwner(
  database: Database,
  { email, password }: FirstOwner,
  at: Date,
): Promise<boolean> {
  const organisationId = randomUUID();
  const personId = randomUUID();
  const displayName = email.split("@")[0] ?? email;
  const made = await database.lookups.bootstrapOwner({
    organisationId,
    organisationName: "Isthmus",
    personId,
    email,
    displayName,
    passwordHash: await hashPassword(password),
    mustChangePassword: false,
  });
  if (!made) return false;
  await database.forOrganisation(organisationId).transaction((tx) =>
    appendAudit(tx, {
      actor: { kind: "system", id: null, name: "first start" },
      action: "organisation.create",
      target: { kind: "person", id: personId, name: email },
      at,
    }),
  );
  return true;
}
