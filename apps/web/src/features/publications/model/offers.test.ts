import { describe, expect, it } from "vitest";
import { publicationOffers, type OfferInput, type PublishingCluster } from "./offers";

const cluster = (id: string, ordinal: number, change: Partial<PublishingCluster> = {}): PublishingCluster => ({
  id,
  name: id,
  ordinal,
  readOnly: false,
  joined: true,
  network: "default",
  overlapsWith: [],
  ...change,
});
const base: OfferInput = {
  clusters: [cluster("west", 0), cluster("east", 1)],
  namespaces: [
    { clusterId: "east", namespace: "shop", workloads: 2, pods: 3 },
    { clusterId: "west", namespace: "kube-system", workloads: 1, pods: 1 },
    { clusterId: "west", namespace: "shop", workloads: 5, pods: 9 },
  ],
  approved: [],
  published: [],
};

describe("publicationOffers", () => {
  it("lists in order of joining, infrastructure last", () => {
    expect(publicationOffers(base).map((offer) => `${offer.clusterId}/${offer.namespace}`)).toEqual([
      "west/shop",
      "east/shop",
      "west/kube-system",
    ]);
  });

  it("offers every other cluster and never the own one", () => {
    expect(publicationOffers(base)[0]?.targets).toEqual([
      { clusterId: "east", approved: null, published: 0, barred: null },
    ]);
  });

  it("says what was approved and how much of it stands", () => {
    const pair = { sourceClusterId: "west", namespace: "shop", targetClusterId: "east" };
    const [offer] = publicationOffers({
      ...base,
      approved: [{ ...pair, approvedBy: "ada", approvedAt: 5 }],
      published: [{ ...pair, workloads: 4 }],
    });
    expect(offer?.targets[0]).toMatchObject({ approved: { by: "ada", at: 5 }, published: 4 });
  });

  it("keeps an approval in sight when its namespace is empty", () => {
    const approved = [
      { sourceClusterId: "west", namespace: "later", targetClusterId: "east", approvedBy: "ada", approvedAt: 5 },
    ];
    expect(publicationOffers({ ...base, namespaces: [], approved })).toMatchObject([
      { namespace: "later", workloads: 0 },
    ]);
  });

  const barred = [
    {
      name: "a cluster that has not joined",
      clusters: [cluster("west", 0), cluster("east", 1, { joined: false })],
      words: /not joined yet/,
    },
    {
      name: "a read-only target",
      clusters: [cluster("west", 0), cluster("east", 1, { readOnly: true })],
      words: /read only/,
    },
    {
      name: "another network",
      clusters: [cluster("west", 0), cluster("east", 1, { network: "b" })],
      words: /no routable network/,
    },
    {
      name: "overlapping pod ranges",
      clusters: [cluster("west", 0, { overlapsWith: ["east"] }), cluster("east", 1, { overlapsWith: ["west"] })],
      words: /overlap/,
    },
  ];
  it.each(barred)("bars $name", ({ clusters, words }) => {
    const offer = publicationOffers({ ...base, clusters }).find(
      (each) => each.clusterId === "west" && each.namespace === "shop",
    );
    expect(offer?.targets[0]?.barred).toMatch(words);
  });
});
