import { finishSignIn } from "../../../../features/sign-in/server";
import { getServer } from "../../../../server/main";
import { contextOf } from "../../../../server/request";

export const dynamic = "force-dynamic";

/** Where a provider sends the browser back to. */
export async function GET(request: Request): Promise<Response> {
  const context = await contextOf(await getServer(), request, new Headers());
  return finishSignIn(context, request);
}
