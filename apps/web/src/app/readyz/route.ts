import { getServer } from "../../server/main";

export const dynamic = "force-dynamic";

/** The process can serve: its stores answer. */
export async function GET(): Promise<Response> {
  try {
    const server = await getServer();
    await server.ready();
    return new Response("ready\n", { headers: { "content-type": "text/plain" } });
  } catch {
    return new Response("a store does not answer\n", { status: 503, headers: { "content-type": "text/plain" } });
  }
}
