import { describe, expect, it } from "vitest";
import { ask, gnp, shop, spellHits } from "../testing/shop-world";
import type { HttpRequest } from "./packet";

const rule = (http: object, more: object = {}) => gnp("a", { ingress: [{ action: "Allow", http, ...more }] });
const get = (path: string, headers?: Readonly<Record<string, string>>): HttpRequest => ({
  method: "GET",
  path,
  ...(headers && { headers }),
});
const header = (operator: string, ...values: string[]) => ({ headers: [{ header: "X-Team", operator, values }] });

// app-policy/checker/match.go and match_test.go; headers: Calico Enterprise, HTTPMatch.
const rows: readonly { name: string; http: object; more?: object; request?: HttpRequest; verdict: string }[] = [
  { name: "without a request nothing is known", http: { methods: ["GET"] }, verdict: "unknown" },
  {
    name: "a rule that certainly does not match is passed over all the same",
    http: { methods: ["GET"] },
    more: { destination: { ports: [1] }, protocol: "TCP" },
    verdict: "deny",
  },
  { name: "a method", http: { methods: ["PUT", "GET"] }, request: get("/"), verdict: "allow" },
  { name: "another method", http: { methods: ["PUT"] }, request: get("/"), verdict: "deny" },
  { name: "methods are compared as they are written", http: { methods: ["get"] }, request: get("/"), verdict: "deny" },
  { name: "* is every method", http: { methods: ["*"] }, request: get("/"), verdict: "allow" },
  {
    name: "no methods are all of them",
    http: { paths: [{ exact: "/a" }] },
    request: { method: "BREW", path: "/a" },
    verdict: "allow",
  },
  { name: "an exact path", http: { paths: [{ exact: "/a" }] }, request: get("/a"), verdict: "allow" },
  { name: "is not one that goes on", http: { paths: [{ exact: "/a" }] }, request: get("/a/b"), verdict: "deny" },
  { name: "a prefix", http: { paths: [{ prefix: "/a" }] }, request: get("/ab/c"), verdict: "allow" },
  { name: "is not one in the middle", http: { paths: [{ prefix: "/a" }] }, request: get("/b/a"), verdict: "deny" },
  { name: "the query does not count", http: { paths: [{ exact: "/a" }] }, request: get("/a?x=1"), verdict: "allow" },
  { name: "nor does a fragment", http: { paths: [{ exact: "/a" }] }, request: get("/a#x?y"), verdict: "allow" },
  { name: "nothing else is made alike", http: { paths: [{ exact: "/a/b" }] }, request: get("/a/./b"), verdict: "deny" },
  {
    name: "one path of several",
    http: { paths: [{ exact: "/x" }, { prefix: "/a" }] },
    request: get("/a"),
    verdict: "allow",
  },
  {
    name: "method and path must both match",
    http: { methods: ["PUT"], paths: [{ exact: "/a" }] },
    request: get("/a"),
    verdict: "deny",
  },
  { name: "what is no path is not known", http: { paths: [{ exact: "/a" }] }, request: get("a"), verdict: "unknown" },
  { name: "Exists", http: header("Exists"), request: get("/", { "x-team": "" }), verdict: "allow" },
  { name: "Exists of another header", http: header("Exists"), request: get("/", { "x-tea": "a" }), verdict: "deny" },
  { name: "DoesNotExist", http: header("DoesNotExist"), request: get("/", {}), verdict: "allow" },
  {
    name: "DoesNotExist of one that is there",
    http: header("DoesNotExist"),
    request: get("/", { "X-Team": "a" }),
    verdict: "deny",
  },
  {
    name: "HasPrefix",
    http: header("HasPrefix", "x", "web-"),
    request: get("/", { "X-Team": "web-1" }),
    verdict: "allow",
  },
  {
    name: "HasPrefix of none",
    http: header("HasPrefix", "eb"),
    request: get("/", { "X-Team": "web-1" }),
    verdict: "deny",
  },
  { name: "HasSuffix", http: header("HasSuffix", "-1"), request: get("/", { "X-Team": "web-1" }), verdict: "allow" },
  {
    name: "HasSuffix of none",
    http: header("HasSuffix", "-"),
    request: get("/", { "X-Team": "web-1" }),
    verdict: "deny",
  },
  { name: "In", http: header("In", "a", "b"), request: get("/", { "X-Team": "b" }), verdict: "allow" },
  { name: "In of none", http: header("In", "a", "b"), request: get("/", { "X-Team": "B" }), verdict: "deny" },
  { name: "NotIn", http: header("NotIn", "a", "b"), request: get("/", { "X-Team": "c" }), verdict: "allow" },
  { name: "NotIn of one", http: header("NotIn", "a", "b"), request: get("/", { "X-Team": "b" }), verdict: "deny" },
  {
    name: "NotIn of an absent header, as of an absent label",
    http: header("NotIn", "a"),
    request: get("/", {}),
    verdict: "allow",
  },
  { name: "In of an absent header", http: header("In", "a"), request: get("/", {}), verdict: "deny" },
  {
    name: "MatchesRegex anywhere in it",
    http: header("MatchesRegex", "b-[0-9]"),
    request: get("/", { "X-Team": "web-1" }),
    verdict: "allow",
  },
  {
    name: "MatchesRegex of none",
    http: header("MatchesRegex", "^b-[0-9]$"),
    request: get("/", { "X-Team": "web-1" }),
    verdict: "deny",
  },
  {
    name: "an expression that is not understood",
    http: header("MatchesRegex", "(?=w)"),
    request: get("/", { "X-Team": "web-1" }),
    verdict: "unknown",
  },
  {
    name: "unless another of them matches",
    http: header("MatchesRegex", "(?=w)", "web"),
    request: get("/", { "X-Team": "web-1" }),
    verdict: "allow",
  },
  { name: "headers that were not observed", http: header("Exists"), request: get("/"), verdict: "unknown" },
  {
    name: "every header must match",
    http: {
      headers: [
        { header: "a", operator: "Exists" },
        { header: "b", operator: "Exists" },
      ],
    },
    request: get("/", { a: "1" }),
    verdict: "deny",
  },
];

describe("HTTP in rules", () => {
  it.each(rows)("$name", ({ http, more, request, verdict }) => {
    expect(ask(shop(rule(http, more)), request && { http: request }).verdict).toBe(verdict);
  });

  it("goes on to the next rule where the request does not match", () => {
    const world = shop(gnp("a", { ingress: [{ action: "Allow", http: { methods: ["PUT"] } }, { action: "Allow" }] }));
    expect(spellHits(ask(world, { http: get("/") }))).toEqual(["default|a|1|Allow"]);
  });

  it("an operator that nobody knows leaves the policy unread", () => {
    expect(ask(shop(rule(header("Like", "a"))), { http: get("/", { "X-Team": "a" }) }).verdict).toBe("unknown");
  });
});
