import { expect, test } from "vitest";
import {
  emptyProvider,
  isWhole,
  providerProblems,
  providerState,
  settingsOf,
  type ProviderDraft,
} from "./provider-state";

const whole: ProviderDraft = {
  ...emptyProvider,
  name: " Okta ",
  issuer: "https://acme.okta.com",
  clientId: "abc",
  domains: "Acme.org, acme.com acme.org",
};

test.each([
  { enabled: true, lastError: "", testedAt: new Date(0), state: "works" },
  { enabled: true, lastError: "", testedAt: null, state: "untested" },
  { enabled: true, lastError: "timeout", testedAt: new Date(0), state: "failing" },
  { enabled: false, lastError: "timeout", testedAt: null, state: "off" },
])("a provider that is $state", ({ state, ...provider }) => expect(providerState(provider)).toBe(state));

test.each([
  ["https://acme.okta.com", true],
  ["https://id.example.org/realms/acme", true],
  ["http://localhost:8080", true],
  ["http://id.example.org", false],
  ["id.example.org", false],
  ["https://id.example.org/?x=1", false],
])("the issuer %s", (issuer, fits) => {
  expect(providerProblems({ ...whole, issuer }).issuer === undefined).toBe(fits);
  expect(isWhole({ ...whole, issuer })).toBe(fits);
});

test("an empty form is not wrong yet, and not whole", () => {
  expect(providerProblems(emptyProvider)).toEqual({});
  expect(isWhole(emptyProvider)).toBe(false);
});

test("scopes need openid, domains must be domains", () => {
  expect(Object.keys(providerProblems({ ...whole, scopes: "profile" }))).toEqual(["scopes"]);
  expect(Object.keys(providerProblems({ ...whole, domains: "acme" }))).toEqual(["domains"]);
});

test("what is sent is trimmed, each word once", () => {
  expect(settingsOf(whole)).toMatchObject({
    name: "Okta",
    scopes: ["openid", "profile", "email"],
    domains: ["acme.org", "acme.com"],
    groupsClaim: "groups",
  });
  expect(settingsOf({ ...whole, groupsClaim: " " }).groupsClaim).toBe("groups");
});
