import { describe, expect, it } from "vitest";
import type { PublicationOffer } from "./offers";
import { changeLabel, offersOf, pairKey, wishedChange } from "./selection";

const target = (clusterId: string, change = {}) => ({
  clusterId,
  approved: null,
  published: 0,
  barred: null,
  ...change,
});
const offer = (
  clusterId: string,
  namespace: string,
  targets: PublicationOffer["targets"],
  workloads = 3,
): PublicationOffer => ({
  clusterId,
  namespace,
  workloads,
  pods: 4,
  system: false,
  targets,
});
const offers = [
  offer("west", "shop", [target("east"), target("south", { approved: { by: "ada", at: 1 } })]),
  offer("east", "shop", [target("west", { barred: "read only" }), target("south")], 2),
];
const wish = (pairs: [string, boolean][]) => new Map(pairs);
const key = (sourceClusterId: string, targetClusterId: string) =>
  pairKey({ sourceClusterId, namespace: "shop", targetClusterId });

describe("wishedChange", () => {
  const rows = [
    { name: "nothing", wishes: wish([]), label: "" },
    {
      name: "what is so already is no change",
      wishes: wish([
        [key("west", "south"), true],
        [key("west", "east"), false],
      ]),
      label: "",
    },
    {
      name: "one",
      wishes: wish([[key("west", "east"), true]]),
      label: "Publish 3 workloads of 1 namespace into 1 cluster",
    },
    {
      name: "workloads of a namespace are counted once",
      wishes: wish([
        [key("west", "east"), true],
        [key("east", "south"), true],
      ]),
      label: "Publish 5 workloads of 2 namespaces into 2 clusters",
    },
    { name: "withdraw", wishes: wish([[key("west", "south"), false]]), label: "Withdraw 1 publication" },
    {
      name: "both",
      wishes: wish([
        [key("west", "south"), false],
        [key("west", "east"), true],
      ]),
      label: "Publish 3 workloads of 1 namespace into 1 cluster, withdraw 1 publication",
    },
    { name: "what is barred cannot be wished", wishes: wish([[key("east", "west"), true]]), label: "" },
  ];
  it.each(rows)("$name", ({ wishes, label }) => {
    expect(changeLabel(wishedChange(offers, wishes))).toBe(label);
  });
});

it("parts offers by direction", () => {
  const { from, into } = offersOf(offers, "west");
  expect(from.map((each) => each.clusterId)).toEqual(["west"]);
  expect(into).toMatchObject([{ clusterId: "east", targets: [{ clusterId: "west" }] }]);
});
