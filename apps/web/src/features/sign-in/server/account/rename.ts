import { publish, renamePerson } from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../../server/context";
import { recordAct } from "../../../audit/server";
import { isConfined, requireUnconfined } from "../confined";

type Context = RequestContext & PersonContext;

/** Gives the person another name, which every organisation of theirs sees. */
export async function rename(ctx: Context, displayName: string): Promise<void> {
  const { person, identity, server } = ctx;
  if (displayName === person.displayName) return;
  // Whoever runs an organisation's own provider says nothing of its people to other organisations.
  if (isConfined(identity) && (await server.database.lookups.listMemberships(person.id)).length > 1) {
    requireUnconfined(identity);
  }
  await ctx.wholeOrganisation.transaction(async (tx) => {
    await renamePerson(tx, { personId: person.id, displayName });
    await recordAct(tx, ctx, {
      action: "account.rename",
      target: { kind: "person", id: person.id, name: person.email },
      detail: { before: { displayName: person.displayName }, after: { displayName } },
    });
    await publish(tx, { topic: "access", id: person.id });
  });
}
