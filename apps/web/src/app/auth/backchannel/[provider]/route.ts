import { backchannelLogout } from "../../../../features/sign-in/server";
import { getServer } from "../../../../server/main";
import { contextOf } from "../../../../server/request";

export const dynamic = "force-dynamic";

interface Place {
  readonly params: Promise<{ readonly provider: string }>;
}

/** Where a provider says that somebody signed out there. */
export async function POST(request: Request, { params }: Place): Promise<Response> {
  const context = await contextOf(await getServer(), request, new Headers());
  return backchannelLogout(context, (await params).provider, request);
}
