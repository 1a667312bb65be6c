import { X509Certificate, createPrivateKey } from "node:crypto";
import { CORE_KINDS, recordAt, type GetObject, type KubeObject } from "@isthmus/k8s";
import type { MutualTls } from "@isthmus/goldmane-api";
import { err, ok, type Result } from "@isthmus/std";
import type { AgentArguments } from "../../arguments";
import { decoded } from "../../identity/secret-identity-store";

/** Names under which operators keep an authority's certificates, best first. */
const CA_FIELDS = ["tigera-ca-bundle.crt", "ca-bundle.crt", "ca.crt", "tls.crt"] as const;

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu;

/**
 * Reads the client pair and the authority that Goldmane's TLS needs. The key of an authority
 * is refused: an agent that is broken into must not be able to sign. An error is a sentence for a person.
 */
export async function goldmaneTls(
  api: GetObject,
  { goldmaneTlsSecret, goldmaneCa }: Pick<AgentArguments, "goldmaneTlsSecret" | "goldmaneCa">,
): Promise<Result<MutualTls, string>> {
  if (goldmaneTlsSecret === undefined)
    return err("--goldmane-tls-secret is missing: Goldmane wants a client certificate");
  const secret = await api.get(CORE_KINDS.secrets, goldmaneTlsSecret);
  if (!secret.ok) return err(`cannot read Goldmane's client pair: ${secret.error.message}`);
  const pair = decoded(secret.value);
  const [cert, key] = [pair["tls.crt"], pair["tls.key"]];
  if (!cert || !key)
    return err(`Secret ${goldmaneTlsSecret.namespace}/${goldmaneTlsSecret.name} has no tls.crt and tls.key`);
  const holder = authorityHeld(cert, key);
  if (holder !== undefined) {
    return err(
      `Secret ${goldmaneTlsSecret.namespace}/${goldmaneTlsSecret.name} holds the key of a certificate authority (${holder}), with which anybody's certificate could be signed: the agent does not use it; name a client pair in --goldmane-tls-secret, for example calico-system/whisker-backend-key-pair`,
    );
  }
  const ca = await authority(api, goldmaneCa, pair);
  return ca.ok ? ok({ ca: ca.value, cert, key }) : ca;
}

/** The authority whose key this is: of the certificates with the pair one that may sign others; undefined where there is none. */
function authorityHeld(cert: string, key: string): string | undefined {
  try {
    const privateKey = createPrivateKey(key);
    const chain = (cert.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
    return chain.find((each) => each.ca && each.checkPrivateKey(privateKey))?.subject.replaceAll("\n", ", ");
  } catch {
    // What is no pair at all is told by whoever uses it.
    return undefined;
  }
}

async function authority(
  api: GetObject,
  at: AgentArguments["goldmaneCa"],
  pair: Readonly<Record<string, string>>,
): Promise<Result<string, string>> {
  if (at === undefined) return pair["ca.crt"] ? ok(pair["ca.crt"]) : err("--goldmane-ca-configmap is missing");
  const kind = at.kind === "Secret" ? CORE_KINDS.secrets : CORE_KINDS.configMaps;
  const found = await api.get(kind, { namespace: at.namespace, name: at.name });
  if (!found.ok) return err(`cannot read Goldmane's authority: ${found.error.message}`);
  const texts = at.kind === "Secret" ? decoded(found.value) : configMapTexts(found.value);
  const field = CA_FIELDS.find((name) => texts[name]);
  if (field === undefined) return err(`${at.kind} ${at.namespace}/${at.name} holds none of ${CA_FIELDS.join(", ")}`);
  return ok(texts[field] ?? "");
}

function configMapTexts(map: KubeObject): Readonly<Record<string, string>> {
  const entries = Object.entries(recordAt(map, "data"));
  return Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
}
