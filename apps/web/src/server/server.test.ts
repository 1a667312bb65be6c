import { TRPCError } from "@trpc/server";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../config";
import { createChanges, type Change } from "./changes";
import { AppError, errorKinds, toWireError } from "./errors";
import { Refusal } from "./refusal";
import { isSameOrigin } from "./request";
import { contentSecurityPolicy } from "./content-security-policy";
import { createSessionWatch } from "./session-watch";
import { hashSecret, newSecret } from "./random-secret";
import { clearedSessionCookie, sessionCookie, tokenIn } from "./session-token";

describe("configuration", () => {
  const right = {
    ISTHMUS_DATABASE_URL: "postgres://a:b@localhost/isthmus",
    ISTHMUS_CLICKHOUSE_URL: "http://localhost:7440",
  };
  const read = () => "a long enough password\n";

  it("needs two addresses, and has defaults for the rest", () => {
    const parsed = parseConfig(right);
    expect(parsed.ok && parsed.value).toMatchObject({
      publicUrl: "http://localhost:7400",
      gatewayUrls: [],
      bootstrap: undefined,
    });
  });

  const wrong = [
    {
      name: "no database",
      env: { ISTHMUS_CLICKHOUSE_URL: right.ISTHMUS_CLICKHOUSE_URL },
      says: /^ISTHMUS_DATABASE_URL: is not set; for example ISTHMUS_DATABASE_URL=postgres:/,
    },
    {
      name: "part of a day of retention",
      env: { ...right, ISTHMUS_FLOW_RETENTION_DAYS: "1.5" },
      says: /^ISTHMUS_FLOW_RETENTION_DAYS: must be a whole number of days from 1 to 3650/,
    },
    {
      name: "empty is not set",
      env: { ...right, ISTHMUS_CLICKHOUSE_URL: "" },
      says: /^ISTHMUS_CLICKHOUSE_URL: is not set/,
    },
    {
      name: "another protocol",
      env: { ...right, ISTHMUS_PUBLIC_URL: "ftp://x" },
      says: /^ISTHMUS_PUBLIC_URL: must be a URL that begins with http:\/\/ or https:/,
    },
    {
      name: "a gateway over http",
      env: { ...right, ISTHMUS_GATEWAY_PUBLIC_URLS: "wss://a,http://b" },
      says: /^ISTHMUS_GATEWAY_PUBLIC_URLS: must be a URL that begins with ws:/,
    },
    {
      name: "an e-mail without a password",
      env: { ...right, ISTHMUS_BOOTSTRAP_EMAIL: "a@example.org" },
      says: /go together/,
    },
    {
      name: "several at once",
      env: { ISTHMUS_LOG_LEVEL: "loud" },
      says: /ISTHMUS_DATABASE_URL[^]*ISTHMUS_CLICKHOUSE_URL[^]*ISTHMUS_LOG_LEVEL/,
    },
  ];
  it.each(wrong)("$name", ({ env, says }) => {
    const parsed = parseConfig(env, read);
    expect(parsed.ok ? "" : parsed.error).toMatch(says);
  });

  it("reads the first owner's password from its file", () => {
    const env = { ...right, ISTHMUS_BOOTSTRAP_EMAIL: "a@example.org", ISTHMUS_BOOTSTRAP_PASSWORD_FILE: "/secret" };
    const parsed = parseConfig(env, read);
    expect(parsed.ok && parsed.value.bootstrap).toEqual({ email: "a@example.org", password: "a long enough password" });
    const short = parseConfig(env, () => "short");
    expect(short.ok ? "" : short.error).toContain("at least 12");
  });
});

describe("errors on the wire", () => {
  it("carry code, message and whether to try again, and nothing else", () => {
    for (const code of Object.keys(errorKinds) as (keyof typeof errorKinds)[]) {
      const wire = toWireError(new AppError(code, "what to do"));
      expect(wire).toEqual({ code, message: "what to do", retryable: errorKinds[code].retryable });
    }
  });

  it("names the permission that is missing, where one is", () => {
    const refused = toWireError(new Refusal("members.read", "what to do"));
    expect(refused).toEqual({
      code: "forbidden",
      message: "what to do",
      retryable: false,
      permission: "members.read",
    });
    expect(toWireError(new Refusal("own", "what to do"))).not.toHaveProperty("permission");
  });

  const rows = [
    {
      name: "a store that is away",
      error: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
      code: "store-unavailable",
    },
    {
      name: "a store that is away, wrapped",
      error: new Error("x", { cause: Object.assign(new Error("y"), { code: "ECONNRESET" }) }),
      code: "store-unavailable",
    },
    {
      name: "an adapter's error that passes by itself",
      error: Object.assign(new Error("z"), { code: "timeout", retryable: true }),
      code: "store-unavailable",
    },
    {
      name: "an adapter's error that does not",
      error: Object.assign(new Error("secret /etc/path"), { code: "failed", retryable: false }),
      code: "internal",
    },
    { name: "a defect", error: new TypeError("undefined is not a function"), code: "internal" },
  ] as const;
  it.each(rows)("$name", ({ error, code }) => {
    const wire = toWireError(error, "INTERNAL_SERVER_ERROR");
    expect(wire.code).toBe(code);
    expect(wire.message).not.toContain(error.message);
  });

  it("says what tRPC found wrong in its own words", () => {
    expect(toWireError(new TRPCError({ code: "NOT_FOUND" }), "NOT_FOUND").code).toBe("not-found");
  });
});

describe("same origin", () => {
  const url = "https://mesh.example.org";
  const rows = [
    { name: "our page", headers: { "sec-fetch-site": "same-origin" }, expected: true },
    { name: "typed by a person", headers: { "sec-fetch-site": "none" }, expected: true },
    { name: "a page of another site", headers: { "sec-fetch-site": "cross-site" }, expected: false },
    { name: "a page of a sibling host", headers: { "sec-fetch-site": "same-site" }, expected: false },
    { name: "an older browser on our page", headers: { origin: url }, expected: true },
    {
      name: "an older browser elsewhere",
      headers: { origin: "https://mesh.example.org.evil.example" },
      expected: false,
    },
    { name: "a page without an origin", headers: { origin: "null" }, expected: false },
    { name: "what is no browser", headers: {}, expected: true },
    {
      name: "the browser's word counts before the origin",
      headers: { "sec-fetch-site": "cross-site", origin: url },
      expected: false,
    },
  ];
  it.each(rows)("$name", ({ headers, expected }) => {
    expect(isSameOrigin(new Headers(headers as Record<string, string>), url)).toBe(expected);
  });
});

describe("session cookie", () => {
  const expiresAt = new Date("2026-12-23T00:00:00Z");

  it("is for this host and https alone where the public address is https", () => {
    const cookie = sessionCookie({ publicUrl: "https://a.example", token: "t", expiresAt });
    expect(cookie).toBe(
      "__Host-isthmus_session=t; Path=/; HttpOnly; SameSite=Lax; Expires=Wed, 23 Dec 2026 00:00:00 GMT; Secure",
    );
    expect(tokenIn("theme=x; __Host-isthmus_session=t", "https://a.example")).toBe("t");
    // A cookie that a sibling host or plain http could have set is not believed.
    expect(tokenIn("isthmus_session=t", "https://a.example")).toBeUndefined();
  });

  it("is not readable by scripts over http either, and is cleared by name", () => {
    expect(sessionCookie({ publicUrl: "http://localhost:7400", token: "t", expiresAt })).toContain("HttpOnly");
    expect(clearedSessionCookie("http://localhost:7400")).toContain("isthmus_session=; ");
    expect(tokenIn("isthmus_session=", "http://localhost:7400")).toBeUndefined();
    expect(tokenIn(null, "http://localhost:7400")).toBeUndefined();
  });

  it("has a token that nobody guesses, of which the hash tells nothing", () => {
    const tokens = new Set(Array.from({ length: 100 }, newSecret));
    expect(tokens.size).toBe(100);
    expect([...tokens].every((token) => token.length === 43)).toBe(true);
    expect(hashSecret("a")).not.toEqual(hashSecret("b"));
  });
});

describe("content security policy", () => {
  it("runs no script without the nonce, and evaluates none outside development", () => {
    const policy = contentSecurityPolicy("N", false);
    expect(policy).toContain("script-src 'self' 'nonce-N' 'strict-dynamic';");
    expect(policy).not.toContain("unsafe-eval");
    expect(policy).toContain("frame-ancestors 'none'");
  });
});

describe("fan-out of changes", () => {
  it("tells each organisation its own, and all when something may have been missed", () => {
    const changes = createChanges();
    const seen: Record<string, Change[]> = { a: [], b: [] };
    const stopA = changes.subscribe("a", (change) => seen["a"]?.push(change));
    changes.subscribe("b", (change) => seen["b"]?.push(change));
    changes.notify({ organisation: "a", topic: "status", id: "1" });
    changes.notify({ organisation: "nobody", topic: "status", id: "2" });
    changes.maybeMissed();
    stopA();
    changes.notify({ organisation: "a", topic: "status", id: "3" });
    expect(seen).toEqual({
      a: [{ kind: "changed", topic: "status", id: "1" }, { kind: "maybe-missed" }],
      b: [{ kind: "maybe-missed" }],
    });
    expect(changes.subscriberCount()).toBe(1);
  });
});

describe("watch over sessions behind streams", () => {
  const live = (id: string) => ({ id, accessRevision: 1n, viewAs: null });
  const quiet = { organisationId: "a", credentialId: "s", isUnchanged: () => Promise.resolve(true) };
  const turned = () => {
    let release: (() => void) | undefined;
    let sleeps = 0;
    return {
      clock: {
        now: () => 0,
        sleep: (_: number, signal?: AbortSignal) => {
          sleeps += 1;
          return new Promise<void>((resolve, reject) => {
            release = resolve;
            signal?.addEventListener("abort", () => reject(new Error("aborted")));
          });
        },
      },
      turn: async () => {
        release?.();
        await new Promise(setImmediate);
      },
      sleeps: () => sleeps,
    };
  };

  it("asks once an organisation, and ends the streams of ended sessions and of changed access alone", async () => {
    const time = turned();
    const asked: string[] = [];
    const ended: string[] = [];
    const watch = createSessionWatch({
      clock: time.clock,
      everyMs: 4_000,
      onError: () => undefined,
      findLive: (organisationId, ids) => {
        asked.push(`${organisationId}: ${ids.join()}`);
        return Promise.resolve(ids.filter((id) => id !== "gone").map(live));
      },
    });
    const stream = (organisationId: string, credentialId: string) =>
      watch.watch({
        organisationId,
        credentialId,
        isUnchanged: () => Promise.resolve(credentialId !== "demoted"),
        end: (why) => ended.push(`${credentialId} ${why}`),
      });
    stream("a", "gone");
    stream("a", "kept");
    stream("a", "kept");
    stream("b", "other");
    stream("b", "demoted");
    await time.turn();
    expect(asked).toEqual(["a: gone,kept", "b: other,demoted"]);
    expect(ended).toEqual(["gone session-ended", "demoted access-changed"]);
    watch.close();
    expect(ended.slice(2).sort()).toEqual([
      "demoted stopping",
      "gone stopping",
      "kept stopping",
      "kept stopping",
      "other stopping",
    ]);
  });

  it("sleeps only while a stream is open", async () => {
    const time = turned();
    const watch = createSessionWatch({
      clock: time.clock,
      everyMs: 4_000,
      onError: () => undefined,
      findLive: () => Promise.resolve([]),
    });
    const stop = watch.watch({ ...quiet, end: () => undefined });
    expect(time.sleeps()).toBe(1);
    stop();
    await time.turn();
    expect(time.sleeps()).toBe(1);
  });

  it("goes on after Postgres was away", async () => {
    const time = turned();
    const errors: unknown[] = [];
    let away = true;
    const ended: string[] = [];
    const watch = createSessionWatch({
      clock: time.clock,
      everyMs: 4_000,
      onError: (error) => errors.push(error),
      findLive: () => (away ? Promise.reject(new Error("away")) : Promise.resolve([])),
    });
    watch.watch({ ...quiet, end: () => ended.push("s") });
    await time.turn();
    away = false;
    await time.turn();
    expect(errors).toHaveLength(1);
    expect(ended).toEqual(["s"]);
  });
});
