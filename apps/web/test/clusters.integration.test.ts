import { storeClusterFacts } from "@isthmus/db";
import { createHash } from "node:crypto";
import { Client } from "pg";
import { parseAllDocuments } from "yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openManifestLink } from "../src/features/clusters/server";
import { startTestWeb, type TestWeb } from "./people";

let web: TestWeb;
let acme: Awaited<ReturnType<TestWeb["organisation"]>>;
let other: typeof acme;

beforeAll(async () => {
  web = await startTestWeb();
  acme = await web.organisation("acme");
  other = await web.organisation("other");
});
afterAll(() => web.stop());

const linkOf = (url: string) => {
  const [, grantId = "", token = ""] = /\/connect\/([^/]+)\/([^/]+)$/.exec(url) ?? [];
  return { grantId, token };
};
const open = (url: string) => openManifestLink({ server: web.server, ip: "198.51.100.4" }, linkOf(url));
const connect = (name: string, labels: Record<string, string> = {}) => acme.as.clusters.connect({ name, labels });

const FACTS = {
  kubernetesVersion: "1.34.2",
  calicoVersion: "3.31.2",
  calicoApi: "projectcalico.org/v3",
  serviceCidrs: ["10.96.0.0/12"],
  goldmane: "connected",
  missingPermissions: [],
} as const;

interface Document {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}
function secretIn(manifest: string): string {
  const documents = parseAllDocuments(manifest).map((each) => each.toJS() as Document);
  const encoded = documents.find((each) => each.metadata.name === "isthmus-agent-grant")?.data?.["secret"] ?? "";
  return Buffer.from(encoded, "base64").toString("utf8");
}

describe("connecting a cluster", () => {
  it("makes cluster, grant and two lines of the audit log, and keeps only the secret's hash", async () => {
    const made = await connect("eu-west", { region: "eu-west", jurisdiction: "EU" });
    const found = await web.database.lookups.findGrant(made.grantId);
    const secret = secretIn(made.manifest);
    expect(secret).toHaveLength(43);
    expect(Buffer.from(found?.secretHash ?? []).toString("hex")).toBe(
      createHash("sha256").update(secret, "utf8").digest("hex"),
    );
    expect(JSON.stringify(found?.options)).not.toContain(secret);
    expect(made.manifest).toContain(`--pin=${web.keyIds.join(",")}`);
    const { lines } = await acme.as.audit.list({});
    expect(lines.map((line) => `${line.action} ${line.target.name} ${line.ip}`)).toEqual([
      "grant.create eu-west 192.0.2.7",
      "cluster.connect eu-west 192.0.2.7",
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it("gives the manifest by its link once", async () => {
    const made = await connect("link-once");
    const { grantId, token } = linkOf(made.manifestUrl);
    expect(
      await openManifestLink(
        { server: web.server, ip: "" },
        { grantId, token: `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}` },
      ),
    ).toMatchObject({ kind: "gone" });
    expect(await open(made.manifestUrl)).toEqual({ kind: "manifest", text: made.manifest });
    expect(await open(made.manifestUrl)).toMatchObject({ kind: "gone" });
    const { lines } = await acme.as.audit.list({ action: "grant.manifest-fetched" });
    expect(lines).toMatchObject([{ target: { name: "link-once" }, ip: "198.51.100.4", actor: { kind: "system" } }]);
  });

  it("gives nothing by a link whose grant has expired or was revoked", async () => {
    const expired = await connect("expires");
    const revoked = await connect("revokes");
    await acme.as.clusters.revokeGrants({ clusterId: revoked.clusterId });
    expect(await open(revoked.manifestUrl)).toMatchObject({ kind: "gone" });
    web.clock.advance(24 * 3_600_000);
    expect(await open(expired.manifestUrl)).toMatchObject({ kind: "gone" });
    expect((await acme.as.clusters.status({ clusterId: expired.clusterId })).grant?.state).toBe("expired");
    expect((await acme.as.clusters.status({ clusterId: revoked.clusterId })).grant?.state).toBe("revoked");
  });

  it("gives nothing by a link whose grant was redeemed from the file", async () => {
    const made = await connect("redeemed");
    const owner = new Client({ connectionString: web.ownerUrl });
    await owner.connect();
    await owner.query("begin");
    await owner.query("select set_config('isthmus.organisation', $1, true)", [acme.id]);
    await owner.query("update enrolment_grant set redemptions_used = 1 where id = $1", [made.grantId]);
    await owner.query("commit");
    await owner.end();
    expect((await acme.as.clusters.status({ clusterId: made.clusterId })).grant?.state).toBe("used");
    expect(await open(made.manifestUrl)).toMatchObject({ kind: "gone" });
  });

  it("makes a new grant beside an old one", async () => {
    const first = await connect("twice");
    web.clock.advance(1_000);
    const second = await acme.as.clusters.newGrant({ clusterId: first.clusterId, grant: { hours: 1, redemptions: 3 } });
    expect(second.grantId).not.toBe(first.grantId);
    const { grants } = await acme.as.clusters.get({ clusterId: first.clusterId });
    expect(grants.map((grant) => grant.redemptionsAllowed)).toEqual([3, 1]);
  });

  const wrong = [
    { name: "a name in use", input: { name: "eu-west" }, message: /already/ },
    { name: "a name that is none", input: { name: "EU West" }, message: /^name: a name is lower case/ },
    { name: "no name", input: { name: "" }, message: /needs a name/ },
    { name: "a label of ours", input: { name: "x", labels: { "isthmus.io/a": "b" } }, message: /kept for Isthmus/ },
    { name: "a value that is none", input: { name: "x", labels: { a: "b c" } }, message: /no value for `a`/ },
    {
      name: "an image that would break out of the manifest",
      input: { name: "x", options: { image: 'a"b' } },
      message: /cannot stand in a manifest/,
    },
    {
      name: "an address that is none",
      input: { name: "x", options: { goldmaneAddress: "goldmane" } },
      message: /is an address such as/,
    },
    { name: "a grant for ever", input: { name: "x", grant: { hours: 100_000, redemptions: 1 } }, message: /hours/ },
  ];
  it.each(wrong)("refuses $name and makes nothing", async ({ input, message }) => {
    const before = await acme.as.clusters.list();
    await expect(acme.as.clusters.connect(input)).rejects.toThrow(message);
    expect((await acme.as.clusters.list()).clusters).toHaveLength(before.clusters.length);
  });

  it("gives names to racing makers once, and each cluster a place of its own", async () => {
    const racers = await Promise.allSettled(["race", "race", "race", "racer-b"].map((name) => connect(name)));
    expect(racers.filter((each) => each.status === "fulfilled")).toHaveLength(2);
    const ordinals = (await acme.as.clusters.list()).clusters.map((cluster) => cluster.ordinal);
    expect(new Set(ordinals).size).toBe(ordinals.length);
  });
});

describe("managing a cluster", () => {
  it("replaces labels and says what they were", async () => {
    const { clusterId } = await connect("labelled", { env: "dev" });
    await acme.as.clusters.setLabels({ clusterId, labels: { env: "prod", region: "here" } });
    const { cluster } = await acme.as.clusters.get({ clusterId });
    expect(cluster.labels).toEqual({ env: "prod", region: "here" });
    const { lines } = await acme.as.audit.list({ action: "cluster.label" });
    expect(lines[0]?.detail).toEqual({
      before: { labels: { env: "dev" } },
      after: { labels: { env: "prod", region: "here" } },
    });
  });

  it("asks for the name before it deletes, frees the name, keeps the place and the log", async () => {
    const { clusterId } = await connect("doomed");
    await expect(acme.as.clusters.delete({ clusterId, confirmName: "dooomed" })).rejects.toThrow(
      /type the cluster's name/,
    );
    const ordinal = (await acme.as.clusters.get({ clusterId })).cluster.ordinal;
    await acme.as.clusters.delete({ clusterId, confirmName: "doomed" });
    await expect(acme.as.clusters.get({ clusterId })).rejects.toThrow(/no such cluster/);
    const again = await connect("doomed");
    expect((await acme.as.clusters.get({ clusterId: again.clusterId })).cluster.ordinal).toBeGreaterThan(ordinal);
    const { lines } = await acme.as.audit.list({ targetId: clusterId });
    expect(lines.map((line) => line.action)).toEqual(["cluster.delete", "grant.create", "cluster.connect"]);
  });
});

describe("another organisation", () => {
  it("sees nothing of it and can do nothing to it", async () => {
    const { clusterId } = await connect("ours");
    expect((await other.as.clusters.list()).clusters).toEqual([]);
    expect((await other.as.audit.list({})).lines).toEqual([]);
    await expect(other.as.clusters.get({ clusterId })).rejects.toThrow(/no such cluster/);
    await expect(other.as.clusters.status({ clusterId })).rejects.toThrow(/no such cluster/);
    await expect(other.as.clusters.setLabels({ clusterId, labels: {} })).rejects.toThrow(/no such cluster/);
    await expect(other.as.clusters.delete({ clusterId, confirmName: "ours" })).rejects.toThrow(/no such cluster/);
    await expect(other.as.clusters.newGrant({ clusterId })).rejects.toThrow(/no such cluster/);
    await expect(other.as.clusters.revokeAgent({ clusterId })).rejects.toThrow(/no such cluster/);
  });

  it("may use the same names", async () => {
    const { clusterId } = await other.as.clusters.connect({ name: "eu-west" });
    expect((await other.as.clusters.get({ clusterId })).cluster.ordinal).toBe(0);
  });

  it("cannot publish identities of another's clusters", async () => {
    const ours = await connect("source");
    const theirs = (await other.as.clusters.list()).clusters[0]?.id ?? "";
    const publications = [{ sourceClusterId: ours.clusterId, namespace: "shop", targetClusterId: theirs }];
    await expect(other.as.publications.approve({ publications })).rejects.toThrow(/not there any more/);
    await expect(acme.as.publications.approve({ publications })).rejects.toThrow(/not there any more/);
  });
});

describe("publications", () => {
  it("are approved once, seen from both ends, and withdrawn with the log kept", async () => {
    const [west, east] = [await connect("pub-west"), await connect("pub-east")];
    const publications = [{ sourceClusterId: west.clusterId, namespace: "shop", targetClusterId: east.clusterId }];
    expect(await acme.as.publications.approve({ publications })).toEqual({ approved: 1 });
    expect(await acme.as.publications.approve({ publications })).toEqual({ approved: 0 });
    const { offers } = await acme.as.publications.overview();
    const offer = offers.find((each) => each.clusterId === west.clusterId && each.namespace === "shop");
    expect(offer?.targets.find((target) => target.clusterId === east.clusterId)?.approved?.by).toBe(acme.personId);
    expect(await acme.as.publications.withdraw({ publications })).toEqual({ withdrawn: 1 });
    expect(await acme.as.publications.withdraw({ publications })).toEqual({ withdrawn: 0 });
    const { lines } = await acme.as.audit.list({ targetId: east.clusterId, action: "publication." });
    expect(lines.map((line) => line.action)).toEqual(["publication.withdraw", "publication.approve"]);
  });

  it("are refused between clusters whose pod ranges overlap, and then nothing of the request is approved", async () => {
    const [first, twin, apart] = [await connect("lap-first"), await connect("lap-twin"), await connect("lap-apart")];
    await web.database.forOrganisation(acme.id).transaction(async (tx) => {
      for (const [{ clusterId }, podCidr] of [
        [first, "10.40.0.0/16"],
        [twin, "10.40.64.0/18"],
        [apart, "10.41.0.0/16"],
      ] as const)
        await storeClusterFacts(tx, { clusterId, at: new Date(), facts: { ...FACTS, podCidrs: [podCidr] } });
    });
    const pair = (from: { clusterId: string }, into: { clusterId: string }) => ({
      sourceClusterId: from.clusterId,
      namespace: "shop",
      targetClusterId: into.clusterId,
    });
    const publications = [pair(first, apart), pair(twin, first)];
    await expect(acme.as.publications.approve({ publications })).rejects.toThrow(
      /10\.40\.64\.0\/18 of lap-twin and 10\.40\.0\.0\/16 of lap-first/,
    );
    const { offers } = await acme.as.publications.overview();
    expect(offers.filter((offer) => offer.targets.some(({ approved }) => approved))).toEqual([]);
    expect(await acme.as.publications.approve({ publications: [pair(first, apart)] })).toEqual({ approved: 1 });
  });

  it("are not made into the cluster itself", async () => {
    const { clusterId } = await connect("narcissus");
    const publications = [{ sourceClusterId: clusterId, namespace: "shop", targetClusterId: clusterId }];
    await expect(acme.as.publications.approve({ publications })).rejects.toThrow(/into itself/);
  });
});

it("lets a viewer look and not change", async () => {
  const viewer = await web.organisation("readers", "viewer");
  expect((await viewer.as.clusters.list()).clusters).toEqual([]);
  await expect(viewer.as.clusters.connect({ name: "a" })).rejects.toThrow(
    /“Connect clusters”, which none of your roles gives you/,
  );
});
