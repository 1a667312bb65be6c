import { createHash, randomBytes } from "node:crypto";
import type * as Argon2 from "@node-rs/argon2";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { startAttacked, type Attacked, type Target } from "./support/attacked";

const verified: string[] = [];
vi.mock("@node-rs/argon2", async (original) => {
  const real = await original<typeof Argon2>();
  return {
    ...real,
    verify: (encoded: string, password: string) => {
      verified.push(encoded.split("$").slice(0, 4).join("$"));
      return real.verify(encoded, password);
    },
  };
});

let attacked: Attacked;

beforeAll(async () => {
  attacked = await startAttacked();
});
afterAll(() => attacked.stop());
beforeEach(() => {
  // Every window is over.
  attacked.clock.advance(86_400_000);
  verified.length = 0;
});

let address = 0;
const newAddress = () => `203.0.113.${(address += 1)}`;

const guess = (email: string, password: string, from = newAddress(), at = 0) =>
  attacked.mutate("signIn.signIn", { email, password }, { from, server: attacked.servers[at % 2 === 0 ? 0 : 1] });

/** How often each status came of a burst of guesses over both processes at once. */
async function burst(count: number, ask: (at: number) => ReturnType<typeof guess>) {
  const answers = await Promise.all(Array.from({ length: count }, (_, at) => ask(at)));
  const tried = answers.filter(({ status }) => status !== 429);
  return { tried: tried.length, refused: answers.length - tried.length };
}

describe("guesses of a password", () => {
  it("stop at the limit of an e-mail, in a burst from many addresses over two processes", async () => {
    const victim = await attacked.person("burst");
    expect(await burst(60, (at) => guess(victim.email, `guess ${at}`, undefined, at))).toEqual({
      tried: 40,
      refused: 20,
    });
    expect(verified).toHaveLength(40);
    expect((await guess(victim.email, victim.password)).status).toBe(429);
  });

  it("stop far sooner from one address", async () => {
    const victim = await attacked.person("burst-from-one");
    const from = newAddress();
    expect(await burst(40, (at) => guess(victim.email, `guess ${at}`, from, at))).toEqual({ tried: 8, refused: 32 });
    expect(verified).toHaveLength(8);
  });

  it("are counted for the e-mail however it is written", async () => {
    const victim = await attacked.person("spelling");
    const spellings = [victim.email, victim.email.toUpperCase(), ` ${victim.email}`, `${victim.email}\t`];
    const from = newAddress();
    expect(await burst(20, (at) => guess(spellings[at % 4] ?? "", `guess ${at}`, from))).toEqual({
      tried: 8,
      refused: 12,
    });
  });

  it("stop at the limit of an address, whatever e-mails they try", async () => {
    const from = newAddress();
    expect(await burst(80, (at) => guess(`nobody-${at}@attacked.example`, "guess", from, at))).toEqual({
      tried: 60,
      refused: 20,
    });
  });

  it("are counted for the launcher's word of where they come from, whatever else they claim", async () => {
    const from = newAddress();
    const spoofed = (at: number) =>
      attacked.mutate(
        "signIn.signIn",
        { email: `claim-${at}@attacked.example`, password: "guess" },
        {
          from,
          headers: {
            "x-forwarded-for": `192.0.2.${at}`,
            "x-real-ip": `192.0.2.${at}`,
            forwarded: `for=192.0.2.${at}`,
            "cf-connecting-ip": `192.0.2.${at}`,
          },
        },
      );
    expect(await burst(70, spoofed)).toEqual({ tried: 60, refused: 10 });
  });

  it("cannot be put many into one request past the limit", async () => {
    const victim = await attacked.person("batched");
    const paths = Array.from({ length: 40 }, () => "signIn.signIn").join(",");
    const inputs = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [at, { json: { email: victim.email, password: `guess ${at}` } }]),
    );
    const headers = {
      "content-type": "application/json",
      "sec-fetch-site": "same-origin",
      "x-isthmus-peer": newAddress(),
    };
    await attacked.send(`/api/trpc/${paths}?batch=1`, { method: "POST", headers, body: JSON.stringify(inputs) });
    expect(verified).toHaveLength(8);
  });

  it("tell nothing of who has an account: the same answer for the same work", async () => {
    const victim = await attacked.person("known");
    const [known, unknown] = [await guess(victim.email, "wrong"), await guess("unknown@attacked.example", "wrong")];
    expect(known.raw).toBe(unknown.raw);
    expect([known.status, unknown.status]).toEqual([401, 401]);
    expect(verified).toHaveLength(2);
    // Of the same cost, too.
    expect(verified[0]).toBe(verified[1]);
    const refusals = [];
    for (const email of [victim.email, "unknown@attacked.example"]) {
      const from = newAddress();
      await burst(10, (at) => guess(email, `guess ${at}`, from));
      refusals.push((await guess(email, "wrong", from)).raw);
    }
    expect(refusals[0]).toBe(refusals[1]);
  });

  it("shut nobody out for ever: the window ends, and refused guesses do not prolong it", async () => {
    const victim = await attacked.person("patient");
    const from = newAddress();
    await burst(8, (at) => guess(victim.email, `guess ${at}`, from));
    for (let minute = 0; minute < 5; minute += 1) {
      expect((await guess(victim.email, victim.password, from)).status).toBe(429);
      attacked.clock.advance(60_000);
    }
    expect((await guess(victim.email, victim.password, from)).status).toBe(200);
  });

  it("shut nobody out who is elsewhere, however long they go on from one address", async () => {
    const victim = await attacked.person("hammered");
    const from = newAddress();
    for (let minute = 0; minute < 6; minute += 1) {
      await burst(12, (at) => guess(victim.email, `guess ${at}`, from));
      expect((await guess(victim.email, victim.password)).status).toBe(200);
      attacked.clock.advance(60_000);
    }
  });

  it("leave who is signed in alone", async () => {
    const victim = await attacked.person("signed-in");
    const cookie = await attacked.signIn(victim);
    await burst(20, (at) => guess(victim.email, `guess ${at}`));
    expect((await attacked.query("signIn.me", undefined, { cookie })).status).toBe(200);
  });

  it("of the current password are limited for the person, from a stolen session too", async () => {
    const victim = await attacked.person("reproved");
    const cookie = await attacked.signIn(victim);
    verified.length = 0;
    const next = "a password of twelve or more";
    const answers = await burst(20, (at) =>
      attacked.mutate("signIn.changePassword", { current: `guess ${at}`, next }, { cookie, from: newAddress() }),
    );
    expect(answers).toEqual({ tried: 8, refused: 12 });
    expect(verified).toHaveLength(8);
  });
});

describe("guesses of a second factor", () => {
  let victim: Target;
  let totp: TOTP;
  let recovery: readonly string[];
  const ticketOf = async () => {
    const { data } = await guess(victim.email, victim.password);
    return (data as { readonly ticket: string }).ticket;
  };
  const tryCode = (ticket: string, code: string, at = 0) =>
    attacked.mutate(
      "signIn.signInWithCode",
      { ticket, code },
      { from: newAddress(), server: attacked.servers[at % 2 === 0 ? 0 : 1] },
    );

  beforeAll(async () => {
    victim = await attacked.person("factor");
    const cookie = await attacked.signIn(victim);
    const { password } = victim;
    const offer = await attacked.mutate("signIn.beginSecondFactor", { password }, { cookie });
    totp = new TOTP({ secret: Secret.fromBase32((offer.data as { readonly secret: string }).secret) });
    const code = totp.generate({ timestamp: attacked.clock.now() });
    recovery = (await attacked.mutate("signIn.confirmSecondFactor", { code }, { cookie })).data as readonly string[];
  });

  it.each(["000000", "0000-0000-0000-0000"])("stop at five in a quarter of an hour, like %s", async (like) => {
    // A ticket is taken while a code is checked, so that a burst needs a ticket each.
    const tickets: string[] = [];
    for (let at = 0; at < 8; at += 1) tickets.push(await ticketOf());
    const wrong = (at: number) => like.slice(0, -1) + String(at % 10);
    const outcome = await burst(16, (at) => tryCode(tickets[at % 8] ?? "", wrong(at), at));
    const [{ attempts } = { attempts: 0 }] = await attacked.sql<{ attempts: number }>(
      "select attempts from sign_in_attempt where key_hash = $1",
      [createHash("sha256").update(`second-factor ${victim.personId}`).digest()],
    );
    expect(attempts).toBeLessThanOrEqual(5);
    expect(outcome.refused).toBeGreaterThan(0);
    const right = await tryCode(await ticketOf(), totp.generate({ timestamp: attacked.clock.now() }));
    expect(right.status).toBe(429);
    attacked.clock.advance(15 * 60_000);
    const later = await tryCode(await ticketOf(), totp.generate({ timestamp: attacked.clock.now() }));
    expect(later.status, later.raw).toBe(200);
  });

  it("cannot use a code twice, at the same moment on two processes either", async () => {
    for (const code of [totp.generate({ timestamp: attacked.clock.now() }), recovery[0] ?? ""]) {
      const [one, two] = [await ticketOf(), await ticketOf()];
      const answers = await Promise.all([tryCode(one, code, 0), tryCode(two, code, 1)]);
      expect(new Set(answers.map(({ status }) => status)), code).toEqual(new Set([200, 401]));
      expect((await tryCode(await ticketOf(), code)).status).toBe(401);
    }
  });

  it("need the password's ticket, which cannot be guessed and opens nothing by itself", async () => {
    const code = totp.generate({ timestamp: attacked.clock.now() });
    for (const ticket of ["", "x", randomBytes(32).toString("base64url")]) {
      expect((await tryCode(ticket, code)).status).toBe(401);
    }
    const ticket = await ticketOf();
    for (const cookie of [`isthmus_session=${ticket}`, `isthmus_sign_in=${ticket}`]) {
      expect((await attacked.query("signIn.me", undefined, { cookie })).status).toBe(401);
    }
    attacked.clock.advance(6 * 60_000);
    expect((await tryCode(ticket, totp.generate({ timestamp: attacked.clock.now() }))).status).toBe(401);
  });
});
