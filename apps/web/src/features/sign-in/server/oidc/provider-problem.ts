import * as oidc from "openid-client";

/** What went wrong with a provider: `code` is for the audit log, `detail` for whoever set the provider up. */
export class ProviderProblem extends Error {
  override readonly name = "ProviderProblem";
  readonly code: ProviderProblemCode;
  constructor(code: ProviderProblemCode, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
  }
}

/** The ways in which a provider fails: it does not answer, it refuses, a person says no there, or its answer is wrong. */
export type ProviderProblemCode = "provider-unavailable" | "provider-refused" | "cancelled" | "answer-invalid";

/** The step of a sign-in that a problem belongs to, as a person reads it. */
export type ProviderStep = "discovery" | "authorization" | "token" | "userinfo";

/** Any error of openid-client or of the network as a problem of that step. */
export function problemOf(step: ProviderStep, error: unknown): ProviderProblem {
  if (error instanceof ProviderProblem) return error;
  return new ProviderProblem(codeOf(step, error), `${step}: ${chainOf(error)}`, { cause: error });
}

function codeOf(step: ProviderStep, error: unknown): ProviderProblemCode {
  if (error instanceof oidc.AuthorizationResponseError) {
    return error.error === "access_denied" ? "cancelled" : "provider-refused";
  }
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.WWWAuthenticateChallengeError) {
    return error.status >= 500 ? "provider-unavailable" : "provider-refused";
  }
  if (isUnreachable(error)) return "provider-unavailable";
  // A document that cannot be read says that no provider is there; a wrong token says that one lies.
  return step === "discovery" ? "provider-unavailable" : "answer-invalid";
}

const statusOf = (error: unknown): number | undefined => {
  const response = error instanceof Error && error.cause instanceof Response ? error.cause : undefined;
  return response?.status;
};

function isUnreachable(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  if (error.name === "TimeoutError" || error.name === "AbortError" || (statusOf(error) ?? 0) >= 500) return true;
  if (error instanceof TypeError && error.message === "fetch failed") return true;
  return isUnreachable(error.cause, depth + 1);
}

/** The messages of an error and its causes in one line, without the stack and bounded. */
function chainOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const said = [at.message, ...descriptionOf(at)].filter((each) => each !== "").join(": ");
    if (!parts.includes(said)) parts.push(said);
    const status = statusOf(at);
    if (status !== undefined) parts.push(`HTTP status ${status}`);
  }
  // Providers write what they like; control characters have no place in a log.
  return (
    parts
      .join("; ")
      .replaceAll(/\p{Cc}+/gu, " ")
      .slice(0, 500) || String(error).slice(0, 500)
  );
}

function descriptionOf(error: Error): readonly string[] {
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError) {
    return [error.error, error.error_description ?? ""];
  }
  return [];
}
