/** Errors of certificate checks, as Node names them, that say: signed by somebody else. */
const OTHER_AUTHORITY: ReadonlySet<string> = new Set([
  "CERT_SIGNATURE_FAILURE",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
/** What a server says, or does, when it does not accept the client's certificate. */
const REFUSED_CLIENT = /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA|ACCESS_DENIED|DECRYPT_ERROR)/u;

/** Nobody is there, or nobody answers. */
const NOT_THERE: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
]);

const CHECK_PAIR = "check the client pair in the Secret of --goldmane-tls-secret";

/** Why a stream from Goldmane ended, for a person; `answered`: whether it had ever carried anything. */
export function goldmaneProblem(cause: unknown, { answered }: { readonly answered: boolean }): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = nodeCode(cause);
  if (OTHER_AUTHORITY.has(code)) {
    return `Goldmane's certificate is not of the authority that we were given (${plain(message)}); check the ConfigMap of --goldmane-ca-configmap`;
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return `Goldmane's certificate is for another name (${plain(message)}); check --goldmane-server-name`;
  }
  if (code === "CERT_HAS_EXPIRED") return "Goldmane's certificate has expired; its operator renews it";
  if (REFUSED_CLIENT.test(code)) return `Goldmane refuses our client certificate (${plain(message)}); ${CHECK_PAIR}`;
  if (NOT_THERE.has(code)) {
    return `Goldmane does not answer (${plain(message)}); see that it is installed (a Goldmane resource of operator.tigera.io, Calico 3.30 or later), that its pod runs, that no policy keeps the agent from it, and that --goldmane names it`;
  }
  // After TLS 1.3's handshake a server that refuses the client may simply hang up.
  if (!answered && (code === "ECONNRESET" || /\bCANCEL\b/u.test(message))) {
    return `Goldmane hung up before it answered, as it does on a client certificate that it does not accept; ${CHECK_PAIR}`;
  }
  return message;
}

/** The code of the error of Node that is behind another error. */
function nodeCode(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 4) return "";
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const inner = nodeCode(error.cause, depth + 1);
  return inner === "" ? code : inner;
}

/** Without the code in brackets that gRPC's client puts before a message. */
const plain = (message: string): string => message.replace(/^\[[a-z_]+\] /u, "");
