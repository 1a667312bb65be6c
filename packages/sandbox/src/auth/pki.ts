import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A certificate with its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a certificate is to say. */
export interface CertificateRequest {
  readonly commonName: string;
  /** Kubernetes reads groups from it. */
  readonly organisations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usage: "server" | "client" | "both";
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 24 * 60 * 60 * 1_000;
const yearsMs = 10 * 365 * dayMs;

x509.cryptoProvider.set(webcrypto);

/** Makes a certificate authority that is valid for ten years. */
export async function createAuthority(commonName: string, now: number): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: distinguishedName({ commonName }),
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + yearsMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await privatePem(keys) };
}

/** Issues a certificate under `authority`, valid for ten years. */
export async function issueCertificate(authority: KeyPair, request: CertificateRequest): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: distinguishedName(request),
    issuer: issuer.subjectName,
    notBefore: new Date(request.now - dayMs),
    notAfter: new Date(request.now + yearsMs - dayMs),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: await importPrivateKey(authority.privateKey),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usages(request.usage)),
      ...alternativeNames(request),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { certificate: certificate.toString("pem"), privateKey: await privatePem(keys) };
}

/** Makes a P-256 key for signing tokens, as PKCS8 PEM. */
export async function createSigningKey(): Promise<string> {
  return privatePem(await newKeys());
}

/** Reads a private key in PEM. */
export function readPrivateKey(pem: string): KeyObject {
  return createPrivateKey(pem);
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
}

function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem);
  if (!der) throw new Error("the certificate authority's key is no PEM");
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

function serial(): string {
  const bytes = randomBytes(16);
  return `01${bytes.toString("hex")}`;
}

function distinguishedName({
  commonName,
  organisations = [],
}: Pick<CertificateRequest, "commonName" | "organisations">): x509.JsonName {
  return [...organisations.map((organisation) => ({ O: [organisation] })), { CN: [commonName] }];
}

function usages(usage: CertificateRequest["usage"]): string[] {
  const server = usage === "client" ? [] : [x509.ExtendedKeyUsage.serverAuth];
  return usage === "server" ? server : [...server, x509.ExtendedKeyUsage.clientAuth];
}

function alternativeNames({ dnsNames = [], ipAddresses = [] }: CertificateRequest): x509.Extension[] {
  const names: x509.JsonGeneralName[] = [
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
  ];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}
