import { expect, test } from "vitest";
import { inOrder, isUsable, tokenState } from "./token-state";

const now = Date.UTC(2026, 10, 29);
const day = 86_400_000;
const token = (expiresInDays: number, more: { revoked?: boolean; ageDays?: number; name?: string } = {}) => ({
  name: more.name ?? "",
  createdAt: new Date(now - (more.ageDays ?? 1) * day),
  expiresAt: new Date(now + expiresInDays * day),
  revokedAt: more.revoked === true ? new Date(now) : null,
});

test.each([
  { name: "far from its end", is: token(30), state: "good", usable: true },
  { name: "in its last week", is: token(7), state: "expires-soon", usable: true },
  { name: "at its end", is: token(0), state: "expired", usable: false },
  { name: "revoked before its end", is: token(30, { revoked: true }), state: "revoked", usable: false },
  { name: "revoked and past its end", is: token(-1, { revoked: true }), state: "revoked", usable: false },
])("a token $name", ({ is, state, usable }) => {
  expect(tokenState(is, now)).toBe(state);
  expect(isUsable(tokenState(is, now))).toBe(usable);
});

test("those that need an eye come first, those that are over last", () => {
  const tokens = [
    token(30, { name: "revoked", revoked: true }),
    token(30, { name: "old", ageDays: 9 }),
    token(-1, { name: "expired" }),
    token(2, { name: "soon" }),
    token(30, { name: "new" }),
  ];
  expect(inOrder(tokens, now).map(({ name }) => name)).toEqual(["soon", "new", "old", "expired", "revoked"]);
});
