import type { ProviderSettings } from "@isthmus/db";
import { err, ok, type Result } from "@isthmus/std";
import { discoverNow, mayUseHttp } from "../oidc/provider-client";
import { ProviderProblem } from "../oidc/provider-problem";

/** What is wrong with an issuer by itself, with its cure. */
export function checkIssuer(issuer: string, publicUrl: string): Result<undefined, string> {
  if (!URL.canParse(issuer))
    return err("The issuer is a URL, as https://id.example.org or https://id.example.org/realms/main.");
  const url = new URL(issuer);
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    return err(
      "The issuer is a URL without query, fragment, user or password: what the provider's discovery document calls `issuer`.",
    );
  }
  if (/\/\.well-known\//.test(url.pathname)) {
    return err("The issuer is the part of the address before /.well-known/openid-configuration.");
  }
  if (url.protocol === "https:" || mayUseHttp(url, publicUrl)) return ok(undefined);
  return err("The issuer begins with https://. Plain http is for a provider on the machine of a trial alone.");
}

export interface Discoverable extends Pick<ProviderSettings, "issuer" | "clientId"> {
  readonly secret: string | undefined;
}

/** Whether the provider is there and can do what a sign-in needs; the error says what it answered. */
export async function tryDiscovery(publicUrl: string, provider: Discoverable): Promise<Result<undefined, string>> {
  const checked = checkIssuer(provider.issuer, publicUrl);
  if (!checked.ok) return checked;
  try {
    const metadata = (await discoverNow(publicUrl, provider)).serverMetadata();
    const missing = (["authorization_endpoint", "token_endpoint", "jwks_uri"] as const).filter(
      (name) => metadata[name] === undefined,
    );
    return missing.length === 0
      ? ok(undefined)
      : err(`The provider answers, and its discovery document names no ${missing.join(" and no ")}.`);
  } catch (error) {
    if (!(error instanceof ProviderProblem)) throw error;
    return err(
      `No provider was found at ${provider.issuer}: ${error.message}. Check the issuer, and that this machine reaches it.`,
    );
  }
}
