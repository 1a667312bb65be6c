import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { identify, type Identity } from "./identity";
import { getServer } from "./main";
import { tokenIn } from "./session-token";

/** The signed-in person of a page's request; others are sent to the sign-in page. */
export async function identityOfPage(): Promise<Identity> {
  const identity = await maybeIdentityOfPage();
  if (identity !== undefined) return identity;
  const path = (await headers()).get("x-isthmus-path") ?? "/";
  redirect(path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`);
}

/** The signed-in person of a page's request, or undefined. */
export async function maybeIdentityOfPage(): Promise<Identity | undefined> {
  const server = await getServer();
  const token = tokenIn((await headers()).get("cookie"), server.config.publicUrl);
  return token === undefined ? undefined : await identify(server.database, token, server.clock.now());
}
