import type { MutualTls } from "@isthmus/goldmane-api";
import { createAuthority, issueCertificate, type KeyPair } from "../auth/pki";
import { stringOf, valueAt } from "../json";
import type { KubeInput, ObjectStore } from "../store/types";

const CALICO_SYSTEM = "calico-system";
const TIGERA_OPERATOR = "tigera-operator";
const AUTHORITY_SECRET = "tigera-ca-private";
const GOLDMANE_SECRET = "goldmane-key-pair";
/** Bundles of the authority, under the names that the operator gives them for Goldmane's and Whisker's sakes. */
const CA_BUNDLES = ["goldmane-ca-bundle", "tigera-ca-bundle"];
const CA_BUNDLE_KEY = "tigera-ca-bundle.crt";
/** The pair by which Whisker's backend, and here the agent, proves itself to Goldmane. */
const CLIENT_SECRET = "whisker-backend-key-pair";

const GOLDMANE_NAMES = [
  "goldmane",
  "goldmane.calico-system",
  "goldmane.calico-system.svc",
  "goldmane.calico-system.svc.cluster.local",
];

/**
 * Puts a Tigera-like authority into the cluster, as the operator does: its own pair in `tigera-operator`, Goldmane's and
 * Whisker's in `calico-system`, and the bundle as ConfigMaps. What is there already is kept. Gives Goldmane's own pair.
 */
export async function ensureGoldmaneCredentials(store: ObjectStore, nowMs: number): Promise<MutualTls> {
  for (const name of [CALICO_SYSTEM, TIGERA_OPERATOR]) {
    ensure(store, "namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  const authority = await ensurePair(store, { namespace: TIGERA_OPERATOR, name: AUTHORITY_SECRET }, () =>
    createAuthority("tigera-operator-signer", nowMs),
  );
  const server = await ensurePair(store, { namespace: CALICO_SYSTEM, name: GOLDMANE_SECRET }, () =>
    issueCertificate(authority, {
      commonName: "goldmane",
      dnsNames: [...GOLDMANE_NAMES, "localhost"],
      ipAddresses: ["127.0.0.1"],
      usage: "both",
      now: nowMs,
    }),
  );
  await ensurePair(store, { namespace: CALICO_SYSTEM, name: CLIENT_SECRET }, () =>
    issueCertificate(authority, {
      commonName: "whisker-backend",
      dnsNames: ["whisker-backend"],
      usage: "both",
      now: nowMs,
    }),
  );
  for (const name of CA_BUNDLES) {
    ensure(store, "configmaps", {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: CALICO_SYSTEM },
      data: { [CA_BUNDLE_KEY]: authority.certificate },
    });
  }
  return { ca: authority.certificate, cert: server.certificate, key: server.privateKey };
}

interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

async function ensurePair(store: ObjectStore, at: SecretName, make: () => Promise<KeyPair>): Promise<KeyPair> {
  const known = readPair(store, at);
  if (known !== undefined) return known;
  const pair = await make();
  ensure(store, "secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { ...at },
    type: "kubernetes.io/tls",
    data: { "tls.crt": toBase64(pair.certificate), "tls.key": toBase64(pair.privateKey) },
  });
  return pair;
}

function readPair(store: ObjectStore, { namespace, name }: SecretName): KeyPair | undefined {
  const secret = store.get({ resource: "secrets", namespace, name });
  const certificate = fromBase64(stringOf(valueAt(secret, "data", "tls.crt")));
  const privateKey = fromBase64(stringOf(valueAt(secret, "data", "tls.key")));
  return certificate === "" || privateKey === "" ? undefined : { certificate, privateKey };
}

function ensure(store: ObjectStore, resource: string, object: KubeInput): void {
  const { namespace, name } = object.metadata;
  if (store.get({ resource, namespace, name }) !== undefined) return;
  const created = store.create(resource, object);
  if (!created.ok) throw new Error(`cannot create ${resource} ${namespace ?? ""}/${name}: ${created.error.code}`);
}

const toBase64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString("utf8");
