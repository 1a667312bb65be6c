import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openBrowser, signedIn, type SignInBrowser } from "./support/sign-in-browser";
import { startSignInWorld, type SignInWorld } from "./support/sign-in-world";

const password = "a password of twelve";
let world: SignInWorld;
let acme: string;
let browser: SignInBrowser;
let email: string;
let people = 0;

beforeAll(async () => {
  world = await startSignInWorld();
  acme = (await world.web.organisation("acme")).id;
});
afterAll(() => world?.stop());
beforeEach(async () => {
  people += 1;
  email = `person-${people}@example.org`;
  await world.addPerson(acme, { email, password, role: "viewer" });
  browser = openBrowser(world.server);
  await browser.mutate("signIn.signIn", { email, password });
});

const nextStep = () => world.web.clock.advance(30_000);
const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.web.clock.now() });

/** Turns a second factor on, and goes on to the next time step. */
async function enrol() {
  const { secret } = (await browser.mutate("signIn.beginSecondFactor", { password })).data as {
    readonly secret: string;
  };
  const code = codeOf(secret);
  const { data } = await browser.mutate("signIn.confirmSecondFactor", { code });
  nextStep();
  return { secret, code, recoveryCodes: data as readonly string[] };
}

async function firstStep(at: SignInBrowser): Promise<string> {
  const { data } = await at.mutate("signIn.signIn", { email, password });
  return (data as { readonly ticket: string }).ticket;
}

describe("a second factor", () => {
  it("is turned on with the password and a first code, and ends what was signed in without it", async () => {
    const other = openBrowser(world.server);
    await other.mutate("signIn.signIn", { email, password });
    const before = browser.cookies.get("isthmus_session");
    expect((await browser.mutate("signIn.beginSecondFactor", { password: "wrong" })).error?.code).toBe(
      "sign-in-refused",
    );
    await browser.mutate("signIn.beginSecondFactor", { password });
    expect((await browser.mutate("signIn.confirmSecondFactor", { code: "000000" })).error?.code).toBe(
      "sign-in-refused",
    );
    expect((await browser.query("signIn.secondFactor")).data).toMatchObject({ enabled: false });
    const { recoveryCodes } = await enrol();
    expect(recoveryCodes).toHaveLength(10);
    expect((await browser.query("signIn.secondFactor")).data).toMatchObject({ enabled: true, recoveryCodesLeft: 10 });
    expect(browser.cookies.get("isthmus_session")).not.toBe(before);
    expect(await signedIn(other)).toBe(false);
    expect((await world.actions(acme))[0]).toBe("second-factor.enable");
    expect((await browser.mutate("signIn.beginSecondFactor", { password })).error?.code).toBe("conflict");
  });

  it("is asked for before there is a session, and its secret is sealed", async () => {
    const { secret } = await enrol();
    const other = openBrowser(world.server);
    const ticket = await firstStep(other);
    expect(await signedIn(other)).toBe(false);
    expect([...other.cookies.keys()]).toEqual([]);
    expect((await other.mutate("signIn.signInWithCode", { ticket, code: "000000" })).error?.code).toBe(
      "sign-in-refused",
    );
    expect((await world.refusals(acme))[0]).toBe("wrong-code");
    expect((await other.mutate("signIn.signInWithCode", { ticket, code: codeOf(secret) })).status).toBe(200);
    expect(await signedIn(other)).toBe(true);
    const [row] = await world.ask<{ sealed: Buffer }>(
      acme,
      "select secret_sealed as sealed from person_totp where person_id = (select id from person where email = $1)",
      [email],
    );
    expect(row?.sealed.toString("latin1")).not.toContain(secret);
  });

  it("is not asked any more of a first step whose password was changed meanwhile", async () => {
    const { secret } = await enrol();
    const other = openBrowser(world.server);
    const ticket = await firstStep(other);
    const next = "another password of twelve";
    expect((await browser.mutate("signIn.changePassword", { current: password, next })).status).toBe(200);
    const refused = await other.mutate("signIn.signInWithCode", { ticket, code: codeOf(secret) });
    expect(refused.error?.message).toMatch(/password was changed/);
    expect(await signedIn(other)).toBe(false);
    const { data } = await other.mutate("signIn.signIn", { email, password: next });
    const again = { ticket: (data as { readonly ticket: string }).ticket, code: codeOf(secret) };
    expect((await other.mutate("signIn.signInWithCode", again)).status).toBe(200);
  });

  it("takes each code once, the one that turned it on included", async () => {
    const { secret, code } = await enrol();
    const other = openBrowser(world.server);
    const ticket = await firstStep(other);
    expect((await other.mutate("signIn.signInWithCode", { ticket, code })).error?.code).toBe("sign-in-refused");
    const now = codeOf(secret);
    expect((await other.mutate("signIn.signInWithCode", { ticket, code: now })).status).toBe(200);
    const third = openBrowser(world.server);
    const again = await firstStep(third);
    expect((await third.mutate("signIn.signInWithCode", { ticket: again, code: now })).error?.code).toBe(
      "sign-in-refused",
    );
    expect((await third.mutate("signIn.signInWithCode", { ticket, code: codeOf(secret) })).error?.message).toMatch(
      /too long/,
    );
  });

  it("is not guessed: five codes in a quarter of an hour, whoever asks and with whatever ticket", async () => {
    const { secret } = await enrol();
    for (let at = 0; at < 5; at += 1) {
      const other = openBrowser(world.server);
      await other.mutate("signIn.signInWithCode", { ticket: await firstStep(other), code: "000000" });
    }
    const other = openBrowser(world.server);
    const ticket = await firstStep(other);
    const late = await other.mutate("signIn.signInWithCode", { ticket, code: codeOf(secret) });
    expect(late.error?.code).toBe("too-many-attempts");
    world.web.clock.advance(15 * 60_000);
    const fresh = await firstStep(other);
    expect((await other.mutate("signIn.signInWithCode", { ticket: fresh, code: codeOf(secret) })).status).toBe(200);
  });

  it("waits five minutes for its code, however often it is tried", async () => {
    const { secret } = await enrol();
    const other = openBrowser(world.server);
    const ticket = await firstStep(other);
    world.web.clock.advance(4 * 60_000);
    await other.mutate("signIn.signInWithCode", { ticket, code: "000000" });
    world.web.clock.advance(61_000);
    expect((await other.mutate("signIn.signInWithCode", { ticket, code: codeOf(secret) })).error?.message).toMatch(
      /too long/,
    );
  });

  it("may be passed with a recovery code, once each, and new ones end the former", async () => {
    const { secret, recoveryCodes } = await enrol();
    const [first = "", second = ""] = recoveryCodes;
    const other = openBrowser(world.server);
    const pass = async (code: string) =>
      (await other.mutate("signIn.signInWithCode", { ticket: await firstStep(other), code })).status;
    expect(await pass(first.toUpperCase().replaceAll("-", " "))).toBe(200);
    expect(await pass(first)).toBe(401);
    expect((await browser.query("signIn.secondFactor")).data).toMatchObject({ recoveryCodesLeft: 9 });
    const renewed = (await browser.mutate("signIn.renewRecoveryCodes", { code: codeOf(secret) }))
      .data as readonly string[];
    expect(await pass(second)).toBe(401);
    expect(await pass(renewed[0] ?? "")).toBe(200);
    const stored = await world.ask<{ hash: Buffer }>(acme, "select code_hash as hash from recovery_code");
    expect(stored.every(({ hash }) => hash.length === 32)).toBe(true);
  });

  it("is turned off with the password and a code", async () => {
    const { secret } = await enrol();
    const off = (input: object) => browser.mutate("signIn.disableSecondFactor", input);
    expect((await off({ password: "wrong", code: codeOf(secret) })).error?.code).toBe("sign-in-refused");
    expect((await off({ password, code: "000000" })).error?.code).toBe("sign-in-refused");
    expect((await off({ password, code: codeOf(secret) })).status).toBe(200);
    expect((await openBrowser(world.server).mutate("signIn.signIn", { email, password })).data).toEqual({
      kind: "done",
    });
    expect((await world.actions(acme)).slice(0, 2)).toEqual(["sign-in.begin", "second-factor.disable"]);
  });

  it("needs a key to seal its secret with", async () => {
    const bare = openBrowser(world.web.server);
    await bare.mutate("signIn.signIn", { email, password });
    const refused = await bare.mutate("signIn.beginSecondFactor", { password });
    expect(refused.error).toMatchObject({
      code: "barred",
      message: expect.stringContaining("ISTHMUS_SECRETS_KEY_FILE") as string,
    });
  });
});

describe("a password", () => {
  it("that was given to somebody is changed before anything else", async () => {
    email = "given@example.org";
    await world.addPerson(acme, { email, password, role: "viewer", mustChangePassword: true });
    const fresh = openBrowser(world.server);
    await fresh.mutate("signIn.signIn", { email, password });
    expect((await fresh.query("signIn.sessions")).error?.code).toBe("password-change-required");
    expect((await fresh.query("clusters.list")).error?.code).toBe("password-change-required");
    expect((await fresh.mutate("signIn.changePassword", { current: password, next: password })).error?.code).toBe(
      "invalid-input",
    );
    const next = "a password of their own";
    expect((await fresh.mutate("signIn.changePassword", { current: password, next })).status).toBe(200);
    expect((await fresh.query("clusters.list")).status).toBe(200);
  });

  it("that is changed ends the person's other sessions in every organisation", async () => {
    const umbrella = await world.web.organisation(`umbrella-${people}`);
    await world.addPerson(umbrella.id, { email });
    const elsewhere = openBrowser(world.server);
    await elsewhere.mutate("signIn.signIn", { email, password });
    await elsewhere.mutate("signIn.switchOrganisation", { id: umbrella.id });
    expect(await signedIn(elsewhere)).toBe(true);
    await browser.mutate("signIn.changePassword", { current: password, next: "another password of twelve" });
    expect(await signedIn(elsewhere)).toBe(false);
    expect(await signedIn(browser)).toBe(true);
  });

  it("is not there for who signs in with a provider alone, and none is let in without", async () => {
    const sso = "sso@example.org";
    await world.addPerson(acme, { email: sso, role: "viewer" });
    const refused = await openBrowser(world.server).mutate("signIn.signIn", { email: sso, password });
    expect(refused.error?.message).toBe("E-mail or password is wrong.");
    expect((await world.refusals(acme))[0]).toBe("no-password");
  });

  it("is tried eight times in five minutes by all processes together, and the right one then waits, too", async () => {
    const processes = [world.server, { ...world.server }].map((server) => openBrowser(server));
    for (let at = 0; at < 8; at += 1) {
      const tried = await processes[at % 2]?.mutate("signIn.signIn", { email, password: "wrong" });
      expect(tried?.error?.code).toBe("sign-in-refused");
    }
    for (const each of processes) {
      expect((await each.mutate("signIn.signIn", { email, password })).error?.code).toBe("too-many-attempts");
    }
    world.web.clock.advance(5 * 60_000);
    expect((await processes[0]?.mutate("signIn.signIn", { email, password }))?.status).toBe(200);
  });
});
