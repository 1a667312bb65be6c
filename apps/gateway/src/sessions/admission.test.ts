import type { FoundCredential, FoundGrant } from "@isthmus/db";
import { sha256 } from "@isthmus/protocol";
import { describe, expect, it } from "vitest";
import { decideCredential, decideGrant } from "./admission";
import { decideStanding } from "./standing";

const NOW = 1_000_000;
const key = new Uint8Array(32).fill(1);
const shown = { publicKey: key, clusterUid: "uid", grantSecret: new TextEncoder().encode("secret") };
const grant: FoundGrant = {
  id: "g",
  organisationId: "o",
  clusterId: "c",
  name: "eu-west",
  clusterDeletedAt: null,
  secretHash: sha256("secret"),
  expiresAt: new Date(NOW + 1),
  redemptionsAllowed: 1,
  redemptionsUsed: 0,
  revokedAt: null,
  options: {},
};
const credential: FoundCredential = {
  id: "k",
  organisationId: "o",
  clusterId: "c",
  clusterName: "eu-west",
  clusterDeletedAt: null,
  publicKey: key,
  kubeSystemUid: "uid",
  issuedAt: new Date(0),
  expiresAt: new Date(NOW + 1),
  revokedAt: null,
};

describe("decideGrant", () => {
  const rows: readonly { name: string; grant: FoundGrant | undefined; expected: string }[] = [
    { name: "in force", grant, expected: "redeem" },
    { name: "used, which the redemption decides", grant: { ...grant, redemptionsUsed: 1 }, expected: "redeem" },
    { name: "unknown", grant: undefined, expected: "grant-unknown" },
    { name: "with another secret", grant: { ...grant, secretHash: sha256("other") }, expected: "grant-unknown" },
    {
      name: "with another secret and revoked",
      grant: { ...grant, secretHash: sha256("other"), revokedAt: new Date(0) },
      expected: "grant-unknown",
    },
    { name: "with an empty hash", grant: { ...grant, secretHash: new Uint8Array(0) }, expected: "grant-unknown" },
    { name: "expired this very moment", grant: { ...grant, expiresAt: new Date(NOW) }, expected: "grant-expired" },
    {
      name: "revoked, though expired too",
      grant: { ...grant, revokedAt: new Date(0), expiresAt: new Date(0) },
      expected: "grant-revoked",
    },
    { name: "of a deleted cluster", grant: { ...grant, clusterDeletedAt: new Date(0) }, expected: "cluster-deleted" },
  ];
  it.each(rows)("$name: $expected", ({ grant: found, expected }) => {
    expect(decideGrant(found, shown, NOW)).toBe(expected);
  });
});

describe("decideCredential", () => {
  const rows: readonly { name: string; credential: FoundCredential | undefined; expected: string }[] = [
    { name: "in force", credential, expected: "resume" },
    { name: "unknown", credential: undefined, expected: "credential-unknown" },
    { name: "of another key", credential: { ...credential, publicKey: new Uint8Array(32) }, expected: "bad-proof" },
    {
      name: "of another key and revoked",
      credential: { ...credential, publicKey: new Uint8Array(32), revokedAt: new Date(0) },
      expected: "bad-proof",
    },
    { name: "revoked", credential: { ...credential, revokedAt: new Date(0) }, expected: "credential-revoked" },
    { name: "of another cluster", credential: { ...credential, kubeSystemUid: "other" }, expected: "wrong-cluster" },
    {
      name: "expired this very moment",
      credential: { ...credential, expiresAt: new Date(NOW) },
      expected: "credential-expired",
    },
    {
      name: "of a deleted cluster",
      credential: { ...credential, clusterDeletedAt: new Date(0) },
      expected: "cluster-deleted",
    },
  ];
  it.each(rows)("$name: $expected", ({ credential: found, expected }) => {
    expect(decideCredential(found, shown, NOW)).toBe(expected);
  });
});

describe("decideStanding", () => {
  const standing = {
    clusterId: "c",
    clusterDeletedAt: null,
    leaseTerm: 3n,
    credentialRevokedAt: null,
    credentialExpiresAt: new Date(NOW + 1),
    desiredRevision: 0n,
    examinationAsked: 0n,
  };
  it.each([
    { name: "holds the lease", standing, expected: "go-on" },
    { name: "its cluster is gone", standing: undefined, expected: "cluster-deleted" },
    {
      name: "its cluster is deleted",
      standing: { ...standing, clusterDeletedAt: new Date(0) },
      expected: "cluster-deleted",
    },
    { name: "a newer session has the lease", standing: { ...standing, leaseTerm: 4n }, expected: "taken-over" },
    {
      name: "its credential is revoked",
      standing: { ...standing, credentialRevokedAt: new Date(0) },
      expected: "credential-revoked",
    },
    {
      name: "its credential has expired",
      standing: { ...standing, credentialExpiresAt: new Date(NOW) },
      expected: "credential-expired",
    },
    {
      name: "its credential is not there",
      standing: { ...standing, credentialExpiresAt: null },
      expected: "credential-unknown",
    },
  ])("$name: $expected", ({ standing: found, expected }) => {
    expect(decideStanding(found, 3n, NOW)).toBe(expected);
  });
});
