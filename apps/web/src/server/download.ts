import type { Permission } from "@isthmus/access";
import { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { bindToPerson, type PersonContext, type RequestContext } from "./context";
import { AppError, errorKinds, toWireError } from "./errors";
import { Refusal, refusalOf } from "./refusal";
import { contextOf } from "./request";
import type { Server } from "./server";

/** A file that is made while it is read. */
export interface Download {
  readonly fileName: string;
  readonly contentType: string;
  /** Pieces of text in order; the next is asked for when the one before is on its way. */
  readonly texts: AsyncIterator<string>;
}

export interface DownloadRoute {
  readonly permission: Permission;
  readonly open: (ctx: RequestContext & PersonContext, query: URLSearchParams) => Promise<Download>;
}

/** Answers a request for a file, after the same checks as those of a procedure. */
export async function download(server: Server, request: Request, route: DownloadRoute): Promise<Response> {
  const context = await contextOf(server, request, new Headers());
  try {
    const ctx = { ...context, ...(await permittedPerson(context, route.permission)) };
    const { fileName, contentType, texts } = await route.open(ctx, new URL(request.url).searchParams);
    return new Response(streamOf(texts), {
      headers: {
        "content-type": contentType,
        "content-disposition": `attachment; filename="${fileName}"`,
        "cache-control": "no-store",
      },
    });
  } catch (error) {
    return await refuse(context, error, new URL(request.url).pathname);
  }
}

async function permittedPerson(context: RequestContext, permission: Permission): Promise<PersonContext> {
  const { identity, sameOrigin, server } = context;
  if (identity === undefined) throw new AppError("not-signed-in", "Your session has ended. Sign in again.");
  if (!sameOrigin) throw new AppError("wrong-origin", "Downloads begin on a page of Isthmus, or with an API token.");
  if (identity.person.mustChangePassword)
    throw new AppError(
      "password-change-required",
      "Choose a password of your own first; the one you have was given to you.",
    );
  const person = await bindToPerson(server, identity);
  if (!person.access.may(permission)) throw refusalOf(permission, "anywhere", identity);
  return person;
}

async function refuse({ server, identity, ip, log }: RequestContext, error: unknown, path: string): Promise<Response> {
  if (error instanceof Refusal && identity !== undefined) {
    const noted = { identity, permission: error.permission, path, ip, nowMs: server.clock.now() };
    await server.refusals
      .note(server.database, noted)
      .catch((err: unknown) => log.error({ err }, "a refusal was not noted"));
  }
  const wire = toWireError(error);
  if (wire.code === "internal") log.error({ err: error, path }, "a download failed");
  const status = getHTTPStatusCodeFromError(new TRPCError({ code: errorKinds[wire.code].trpc }));
  return Response.json(wire, { status, headers: { "cache-control": "no-store" } });
}

function streamOf(texts: AsyncIterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const next = await texts.next();
        if (next.done === true) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      },
      cancel: async () => void (await texts.return?.()),
    },
    { highWaterMark: 0 },
  );
}

/** Letters and digits of a name, for the name of a file. */
export const fileWord = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 60) || "isthmus";
