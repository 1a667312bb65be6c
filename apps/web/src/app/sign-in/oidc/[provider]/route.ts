import { startSignIn } from "../../../../features/sign-in/server";
import { getServer } from "../../../../server/main";
import { contextOf } from "../../../../server/request";

export const dynamic = "force-dynamic";

interface Place {
  readonly params: Promise<{ readonly provider: string }>;
}

/** Sends the browser to a provider to sign in there. */
export async function GET(request: Request, { params }: Place): Promise<Response> {
  const context = await contextOf(await getServer(), request, new Headers());
  return startSignIn(context, (await params).provider, new URL(request.url).searchParams);
}
