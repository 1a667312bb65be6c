import { findFleetGrant, publish, revokeFleetGrant, wholeOf, type GrantRecord } from "@isthmus/db";
import { authorize, type Resource } from "@isthmus/access";
import { AppError } from "../../../server/errors";
import { recordAct, type Acting } from "../../audit/server";
import { labelProblems, namePrefixProblem } from "../model/labels";
import { makeGrant, readTemplate, type ShownGrant } from "./connect";
import type { FleetInput } from "./inputs";

/**
 * The clusters that are to come by a grant, as one that is yet to join: roles that are limited to labels reach it by them,
 * and those that are limited to names by what the names begin with.
 */
export const fleetResource = ({ namePrefix, labels }: Pick<GrantRecord, "namePrefix" | "labels">): Resource => ({
  kind: "cluster",
  clusterId: "",
  name: `${namePrefix}-00000000`,
  labels,
});

/** Makes a grant by which many clusters join, each under a name and with the labels that are said here. */
export async function connectFleet(ctx: Acting, input: FleetInput): Promise<ShownGrant> {
  const { namePrefix, labels } = input;
  const prefixProblem = namePrefixProblem(namePrefix);
  if (prefixProblem !== undefined) throw new AppError("invalid-input", `namePrefix: ${prefixProblem}`);
  const [problem] = labelProblems(labels);
  if (problem) throw new AppError("invalid-input", `${problem.field}: ${problem.message}`);
  ctx.authorize(
    "clusters.connect",
    fleetResource(input),
    "You may connect clusters with certain labels alone, and these are others. Give them the labels that your role is limited to.",
  );
  const template = await readTemplate(ctx.server);
  const place = { kind: "fleet", namePrefix, labels, name: namePrefix } as const;
  return ctx.organisation.transaction((tx) =>
    makeGrant(tx, ctx, { place, options: input.options, terms: input.grant, template }),
  );
}

/** Revokes a grant for a fleet: nobody joins by it any more; clusters that have, stay. */
export async function revokeFleet(ctx: Acting, id: string): Promise<{ readonly revoked: boolean }> {
  return ctx.organisation.transaction(async (tx) => {
    const grant = await findFleetGrant(wholeOf(tx), id);
    if (grant === undefined || !authorize(ctx.access, "clusters.read", fleetResource(grant))) {
      throw new AppError("not-found", "There is no such grant.");
    }
    ctx.authorize("clusters.connect", fleetResource(grant));
    const revoked = await revokeFleetGrant(tx, { id, by: ctx.person.id, at: new Date(ctx.server.clock.now()) });
    if (!revoked) return { revoked };
    await recordAct(tx, ctx, {
      action: "grant.revoke",
      target: { kind: "grant", id, name: grant.namePrefix },
      detail: { after: { grantIds: [id] } },
    });
    await publish(tx, { topic: "session", id });
    return { revoked };
  });
}
