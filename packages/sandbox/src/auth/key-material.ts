import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { createAuthority, createSigningKey, issueCertificate, type KeyPair } from "./pki";

/** The keys and certificates of one cluster. */
export interface KeyMaterial {
  readonly authority: KeyPair;
  readonly serving: KeyPair;
  readonly admin: KeyPair;
  /** Signs service account tokens; PKCS8 PEM. */
  readonly tokenKey: string;
}

/** Reads a cluster's keys from `dir`, or makes them there (mode 0600). */
export async function loadKeyMaterial(dir: string, cluster: string, now: number): Promise<KeyMaterial> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = path.join(dir, "keys.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as KeyMaterial;
  const material = await createKeyMaterial(cluster, now);
  writePrivate(file, JSON.stringify(material));
  writePrivate(path.join(dir, "ca.crt"), material.authority.certificate);
  return material;
}

/** Writes a file that only its owner reads, in one step. */
export function writePrivate(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

async function createKeyMaterial(cluster: string, now: number): Promise<KeyMaterial> {
  const authority = await createAuthority(`${cluster} sandbox authority`, now);
  const dnsNames = [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  const [serving, admin, tokenKey] = await Promise.all([
    issueCertificate(authority, {
      commonName: "kube-apiserver",
      dnsNames,
      ipAddresses: ["127.0.0.1", "::1"],
      usage: "server",
      now,
    }),
    issueCertificate(authority, {
      commonName: "kubernetes-admin",
      organisations: ["system:masters"],
      usage: "client",
      now,
    }),
    createSigningKey(),
  ]);
  return { authority, serving, admin, tokenKey };
}
