import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { GetObject, KubeObject } from "@isthmus/k8s";
import { beforeAll, expect, it } from "vitest";
import { goldmaneTls } from "./goldmane-access";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const days = { notBefore: new Date("2025-01-01"), notAfter: new Date("2035-01-01") };

interface Pair {
  readonly cert: string;
  readonly key: string;
}

type KeyPair = webcrypto.CryptoKeyPair;
const keys = (): Promise<KeyPair> => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

async function pairOf(own: KeyPair, signer: KeyPair, isAuthority: boolean): Promise<Pair> {
  const certificate = await x509.X509CertificateGenerator.create({
    subject: isAuthority ? "CN=tigera-operator-signer" : "CN=client",
    issuer: "CN=tigera-operator-signer",
    publicKey: own.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: algorithm,
    extensions: [new x509.BasicConstraintsExtension(isAuthority)],
    ...days,
  });
  const der = await webcrypto.subtle.exportKey("pkcs8", own.privateKey);
  return { cert: certificate.toString("pem"), key: x509.PemConverter.encode(der, "PRIVATE KEY") };
}

let authority: Pair;
let client: Pair;
beforeAll(async () => {
  x509.cryptoProvider.set(webcrypto);
  const [signer, own] = await Promise.all([keys(), keys()]);
  [authority, client] = await Promise.all([pairOf(signer, signer, true), pairOf(own, signer, false)]);
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function tlsOf({ cert, key }: Pair) {
  const secret: KubeObject = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "pair", namespace: "calico-system" },
    data: { "tls.crt": base64(cert), "tls.key": base64(key), "ca.crt": base64(authority.cert) },
  };
  const api: GetObject = { get: () => Promise.resolve({ ok: true, value: secret }) };
  const goldmaneTlsSecret = { namespace: "calico-system", name: "pair" };
  return goldmaneTls(api, { goldmaneTlsSecret, goldmaneCa: undefined });
}

it("uses a client pair, also one that brings its authority's certificate", async () => {
  expect(await tlsOf(client)).toEqual({ ok: true, value: { ca: authority.cert, ...client } });
  expect(await tlsOf({ ...client, cert: `${client.cert}\n${authority.cert}` })).toMatchObject({ ok: true });
});

it.each([
  { name: "as it is", pair: () => authority },
  { name: "behind another certificate", pair: () => ({ ...authority, cert: `${client.cert}\n${authority.cert}` }) },
])("refuses an authority's key, $name", async ({ pair }) => {
  const answer = await tlsOf(pair());
  expect(answer.ok).toBe(false);
  expect(answer).toMatchObject({ error: expect.stringContaining("the key of a certificate authority") as string });
  expect(answer).toMatchObject({ error: expect.stringContaining("CN=tigera-operator-signer") as string });
});
