import { openManifestLink } from "../../../../features/clusters/server";
import { getServer } from "../../../../server/main";
import { contextOf } from "../../../../server/request";

export const dynamic = "force-dynamic";

interface Place {
  readonly params: Promise<{ readonly grant: string; readonly token: string }>;
}

/** An agent's manifest by its one-time link: what `kubectl apply -f <link>` fetches. The token in it is the permission. */
export async function GET(request: Request, { params }: Place): Promise<Response> {
  const { grant, token } = await params;
  const context = await contextOf(await getServer(), request, new Headers());
  const answer = await openManifestLink(context, { grantId: grant, token });
  return new Response(answer.kind === "manifest" ? answer.text : answer.message, {
    status: answer.kind === "manifest" ? 200 : 410,
    headers: {
      "content-type": "application/yaml; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    },
  });
}
