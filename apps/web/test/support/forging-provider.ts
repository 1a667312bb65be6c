import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a provider of a test says and does; each part may be changed at any time. */
export interface Behaviour {
  /** Claims of the id token, over the right ones. */
  idToken: Record<string, unknown>;
  /** Claims of userinfo; undefined: there is no such endpoint. */
  userinfo: Record<string, unknown> | undefined;
  /** Signs with a key that the provider does not publish, in the published one's name. */
  foreignKey: boolean;
  /** A key id that is not published. */
  unknownKey: boolean;
  /** `alg: none` and no signature. */
  unsigned: boolean;
  /** Over the parameters of the answer that goes through the browser. */
  response: Record<string, string>;
  /** The issuer that the discovery document names. */
  discoveredIssuer: string | undefined;
  /** Endpoints that fail: an HTTP status, or no answer at all. */
  failing: Partial<Record<"discovery" | "token" | "userinfo" | "jwks", number | "silent">>;
}

export interface ForgingProvider {
  readonly issuer: string;
  readonly behaviour: Behaviour;
  /** What came to the token endpoint. */
  readonly tokenRequests: readonly URLSearchParams[];
  /** The names of the endpoints that were asked, in their order. */
  readonly asked: readonly string[];
  /** A token that the provider signs, as it says who signed out; claims and header over the right ones. */
  logoutToken(claims?: Record<string, unknown>, header?: Record<string, unknown>): string;
  /** An honest provider of that subject. */
  reset(claims: Record<string, unknown>): void;
  stop(): Promise<void>;
}

const honest = (claims: Record<string, unknown>): Behaviour => ({
  idToken: claims,
  userinfo: { sub: claims["sub"] },
  foreignKey: false,
  unknownKey: false,
  unsigned: false,
  response: {},
  discoveredIssuer: undefined,
  failing: {},
});

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A provider on loopback that signs whatever a test asks; it signs nobody in, since nobody is there. */
export async function startForgingProvider(): Promise<ForgingProvider> {
  const [published, foreign] = [newKey(), newKey()];
  const behaviour = honest({ sub: "s" });
  const begun = new Map<string, URLSearchParams>();
  const tokenRequests: URLSearchParams[] = [];
  const asked: string[] = [];
  let issuer = "";

  const idToken = (request: URLSearchParams) => {
    const now = Math.floor(Date.now() / 1_000);
    const header = behaviour.unsigned
      ? { alg: "none" }
      : { alg: "RS256", kid: behaviour.unknownKey ? "another" : "published" };
    const right = { iss: issuer, aud: request.get("client_id"), iat: now, exp: now + 300, nonce: request.get("nonce") };
    const body = `${base64(header)}.${base64({ ...right, ...behaviour.idToken })}`;
    if (behaviour.unsigned) return `${body}.`;
    const key = behaviour.foreignKey || behaviour.unknownKey ? foreign : published;
    return `${body}.${sign("sha256", Buffer.from(body), key.privateKey).toString("base64url")}`;
  };

  const logoutToken = (claims: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => {
    const iat = Math.floor(Date.now() / 1_000);
    const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
    const right = { iss: issuer, aud: "isthmus", iat, exp: iat + 120, jti: randomBytes(12).toString("hex"), events };
    const header = { alg: "RS256", kid: "published", typ: "logout+jwt", ...more };
    const body = `${base64(header)}.${base64({ ...right, ...claims })}`;
    if (header.alg === "none") return `${body}.`;
    const key = behaviour.foreignKey ? foreign : published;
    return `${body}.${sign("sha256", Buffer.from(body), key.privateKey).toString("base64url")}`;
  };

  const answers = {
    "/.well-known/openid-configuration": () => ({
      issuer: behaviour.discoveredIssuer ?? issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/logout`,
      ...(behaviour.userinfo === undefined ? {} : { userinfo_endpoint: `${issuer}/userinfo` }),
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      authorization_response_iss_parameter_supported: true,
    }),
    "/jwks": () => ({
      keys: [{ ...published.publicKey.export({ format: "jwk" }), kid: "published", alg: "RS256", use: "sig" }],
    }),
    "/userinfo": () => behaviour.userinfo,
    "/token": (body: URLSearchParams) => {
      tokenRequests.push(body);
      const request = begun.get(body.get("code") ?? "");
      begun.delete(body.get("code") ?? "");
      const challenge = createHash("sha256")
        .update(body.get("code_verifier") ?? "")
        .digest("base64url");
      if (request === undefined || challenge !== request.get("code_challenge")) return undefined;
      return { access_token: "at", token_type: "Bearer", expires_in: 60, id_token: idToken(request) };
    },
  };

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", issuer);
    if (url.pathname === "/authorize") {
      const code = randomBytes(16).toString("hex");
      begun.set(code, url.searchParams);
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      const parameters = { code, state: url.searchParams.get("state") ?? "", iss: issuer, ...behaviour.response };
      for (const [name, value] of Object.entries(parameters)) if (value !== "") back.searchParams.set(name, value);
      return void response.writeHead(302, { location: back.href }).end();
    }
    const name = url.pathname.includes("well-known") ? "discovery" : url.pathname.slice(1);
    asked.push(name);
    const failing = behaviour.failing[name as keyof Behaviour["failing"]];
    if (failing === "silent") return void request.socket.destroy();
    if (failing !== undefined) return void response.writeHead(failing).end("out of order");
    const body = new URLSearchParams(await textOf(request));
    const answer = answers[url.pathname as keyof typeof answers]?.(body);
    response.writeHead(answer === undefined ? 400 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { error: "invalid_grant" }));
  };

  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    behaviour,
    tokenRequests,
    asked,
    logoutToken,
    reset: (claims) => void Object.assign(behaviour, honest(claims)),
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const newKey = (): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } =>
  generateKeyPairSync("rsa", { modulusLength: 2_048 });

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request) text += String(part);
  return text;
}
