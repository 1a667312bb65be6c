import { createHash } from "node:crypto";
import type { FoundIdentityProvider } from "@isthmus/db";
import * as oidc from "openid-client";
import type { Server } from "../../../../server/server";
import { unseal } from "../../../../server/secrets";
import { problemOf } from "./provider-problem";

// How long a provider may take for one answer, and how much it may say.
const timeoutS = 8;
const answerLimitBytes = 1_000_000;
// A provider that changes its endpoints or keys is heard again after so long; keys that are not known are asked for anew.
const discoveryKeptMs = 10 * 60_000;
const discoveriesLimit = 200;
/** How far clocks may differ, in seconds. */
export const clockToleranceS = 10;

type Discoverable = Pick<FoundIdentityProvider, "id" | "issuer" | "clientId" | "clientSecretSealed">;

const discovered = new Map<string, { readonly config: oidc.Configuration; readonly atMs: number }>();

/** The provider's endpoints and keys, from its discovery document; kept for ten minutes. Fails with ProviderProblem. */
export async function discover(server: Server, provider: Discoverable): Promise<oidc.Configuration> {
  const key = cacheKey(provider);
  const nowMs = Date.now();
  const kept = discovered.get(key);
  if (kept !== undefined && nowMs - kept.atMs < discoveryKeptMs) return kept.config;
  const { id, clientSecretSealed } = provider;
  const secret =
    clientSecretSealed === null
      ? undefined
      : unseal(server.config.secretsKey, { purpose: "client-secret", id }, clientSecretSealed);
  const config = await discoverNow(server.config.publicUrl, { ...provider, secret });
  discovered.delete(key);
  discovered.set(key, { config, atMs: nowMs });
  for (const oldest of discovered.keys()) {
    if (discovered.size <= discoveriesLimit) break;
    discovered.delete(oldest);
  }
  return config;
}

// How long a provider that failed is not asked again by what a stranger may send.
const failureKeptMs = 30_000;
const failuresLimit = 200;
const failures = new Map<string, { readonly error: unknown; readonly atMs: number }>();
const pending = new Map<string, Promise<unknown>>();

/** Asks once for all who ask at a time; within thirty seconds of a failure it fails alike, and nobody is asked. */
export async function notAgainAfterFailure<T>(key: string, ask: () => Promise<T>): Promise<T> {
  const failed = failures.get(key);
  if (failed !== undefined && Date.now() - failed.atMs < failureKeptMs) throw failed.error;
  const asked = (pending.get(key) as Promise<T> | undefined) ?? ask();
  pending.set(key, asked);
  try {
    return await asked;
  } catch (error) {
    failures.delete(key);
    failures.set(key, { error, atMs: Date.now() });
    const [oldest] = failures.keys();
    if (failures.size > failuresLimit && oldest !== undefined) failures.delete(oldest);
    throw error;
  } finally {
    if (pending.get(key) === asked) pending.delete(key);
  }
}

/** As `discover`, for requests that anybody may send: a failure is remembered for thirty seconds. */
export const discoverUnlessFailed = (server: Server, provider: Discoverable): Promise<oidc.Configuration> =>
  notAgainAfterFailure(`discovery ${cacheKey(provider)}`, () => discover(server, provider));

/** What discovery asks: where, as whom, and with which secret. */
export interface DiscoverySettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly secret: string | undefined;
}

/** Reads a provider's discovery document now. Fails with ProviderProblem. */
export async function discoverNow(
  publicUrl: string,
  { issuer, clientId, secret }: DiscoverySettings,
): Promise<oidc.Configuration> {
  const insecure = mayUseHttp(new URL(issuer), publicUrl) ? [oidc.allowInsecureRequests] : [];
  try {
    const config = await oidc.discovery(
      new URL(issuer),
      clientId,
      { [oidc.clockTolerance]: clockToleranceS },
      secret === undefined ? oidc.None() : clientAuthentication(secret),
      {
        timeout: timeoutS,
        // Without it the signature of an id token that comes from the token endpoint is not looked at.
        execute: [...insecure, oidc.enableNonRepudiationChecks],
        [oidc.customFetch]: boundedFetch,
      },
    );
    config.timeout = timeoutS;
    config[oidc.customFetch] = boundedFetch;
    return config;
  } catch (error) {
    throw problemOf("discovery", error);
  }
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Plain http is for a provider on the machine of an Isthmus that is itself reached there alone: a trial, a test. */
export const mayUseHttp = (issuer: URL, publicUrl: string): boolean =>
  issuer.protocol === "http:" && loopback.test(issuer.hostname) && loopback.test(new URL(publicUrl).hostname);

// OpenID Connect's default, unless the provider takes the secret in the body alone.
function clientAuthentication(secret: string): oidc.ClientAuth {
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (...request) => {
    const ways = request[0].token_endpoint_auth_methods_supported;
    const way = ways === undefined || ways.includes("client_secret_basic") ? basic : post;
    way(...request);
  };
}

/** Fetches with a bound on the answer's size; redirects are not followed. */
export const boundedFetch: oidc.CustomFetch = async (url, { body, ...options }) => {
  const response = await fetch(url, {
    ...options,
    ...(body === undefined ? {} : { body: body as BodyInit }),
    redirect: "manual",
  });
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > answerLimitBytes) throw new Error(`the answer is longer than ${answerLimitBytes} bytes`);
    parts.push(part);
  }
  const { status, headers } = response;
  return new Response(size === 0 ? null : Buffer.concat(parts), { status, headers });
};

function cacheKey({ id, issuer, clientId, clientSecretSealed }: Discoverable): string {
  const sealed = clientSecretSealed === null ? "" : Buffer.from(clientSecretSealed).toString("base64");
  return createHash("sha256")
    .update(JSON.stringify([id, issuer, clientId, sealed]))
    .digest("base64url");
}
