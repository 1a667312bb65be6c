import { randomUUID } from "node:crypto";
import { createApiToken, createInvitation, installationId } from "@isthmus/db";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashSecret, newSecret } from "../src/server/random-secret";
import { own } from "./access-table";
import { startAttacked, type Answer, type Attacked, type Target } from "./attacks/support/attacked";
import { all, fresh, offerConnection } from "./support/access-things";
import { startForgingProvider, type ForgingProvider } from "./support/forging-provider";
import { letters, roles, type Letter } from "./support/role-letters";
import { openBrowser, type Answered } from "./support/sign-in-browser";

// A person's own things: everybody's, whatever their roles, and nobody else's.

/** What comes of asking for another member's: 200, or the error's code. By hand, from what is promised. */
const others: Readonly<Record<string, (letter: Letter) => string>> = {
  "tokens.list": (letter) => ("OAI".includes(letter) ? "200" : "forbidden"),
  // To who sees no tokens of others there is none; who sees them and may not end them is told so.
  "tokens.revoke": (letter) => ("OI".includes(letter) ? "200" : letter === "A" ? "forbidden" : "not-found"),
  "roles.explain": (letter) => ("OAI".includes(letter) ? "200" : "forbidden"),
  "roles.explain a token": (letter) => ("OAI".includes(letter) ? "200" : "forbidden"),
  "roles.explain a token that never was": (letter) => ("OAI".includes(letter) ? "not-found" : "forbidden"),
  // Answers how many sessions were ended: none.
  "signIn.revokeSession": () => "200",
  "signIn.switchOrganisation": () => "not-found",
  "members.accept": () => "forbidden",
  "signIn.changePassword": () => "sign-in-refused",
  "signIn.beginSecondFactor": () => "sign-in-refused",
  "signIn.confirmSecondFactor": () => "sign-in-refused",
  "signIn.disableSecondFactor": () => "sign-in-refused",
  "signIn.renewRecoveryCodes": () => "sign-in-refused",
  "account.offeredConnection": () => "not-found",
  "account.confirmConnection": () => "not-found",
  "account.connect": () => "not-found",
  "account.disconnect": () => "not-found",
  "account.disconnect by their password": () => "sign-in-refused",
  // There is nothing of theirs to name: what is renamed and acknowledged is one's own.
  "account.rename": () => "200",
  "account.acknowledgeNotices": () => "200",
};

interface Person extends Target {
  readonly cookie: string;
  readonly tokenId: string;
  readonly invitation: string;
  /** Another organisation that they belong to. */
  readonly second: string;
}

/** Somebody with everything that a person has. */
interface Bystander extends Person {
  readonly code: () => string;
  /** Connected with their account, as `connectedAs`. */
  readonly provider: string;
  readonly connectedAs: string;
  /** Of an organisation that nobody else belongs to. */
  readonly foreignProvider: string;
}

let attacked: Attacked;
let forging: ForgingProvider;
let acme: string;
/** Somebody beside those who ask, in each kind of organisation, with everything that a person has. */
let bystanders: Readonly<Record<string, Bystander>>;

const outcome = ({ status, error }: Answered): string => error?.code ?? String(status);
const codeOf = (answer: Answer) => {
  const totp = new TOTP({ secret: Secret.fromBase32((answer.data as { readonly secret: string }).secret) });
  // Each code is good once.
  return (steps = 0) => totp.generate({ timestamp: attacked.clock.now() + steps * 30_000 });
};

async function personIn(organisationId: string, role: string | null): Promise<Person> {
  const target = await attacked.person(fresh("person"), { organisationId, role });
  const [second, third] = [await attacked.organisation(fresh("second")), await attacked.organisation(fresh("third"))];
  const { database, clock } = attacked.servers[0];
  const [createdAt, expiresAt] = [new Date(clock.now()), new Date(clock.now() + 86_400_000)];
  const [tokenId, secret] = [randomUUID(), newSecret()];
  await attacked.sql("insert into membership (organisation_id, person_id) values ($1, $2)", [second, target.personId]);
  await database.forOrganisation(organisationId).transaction((tx) =>
    createApiToken(tx, {
      id: tokenId,
      personId: target.personId,
      name: fresh("token"),
      roleId: role ?? "viewer",
      scope: all,
      secretHash: hashSecret(newSecret()),
      createdAt,
      expiresAt,
    }),
  );
  await database.forOrganisation(third).transaction((tx) =>
    createInvitation(tx, {
      id: randomUUID(),
      email: target.email,
      roleId: "viewer",
      scope: all,
      createdBy: null,
      secretHash: hashSecret(secret),
      createdAt,
      expiresAt,
    }),
  );
  // Where a sign-in lands.
  await attacked.sql("update membership set last_sign_in_at = now() where organisation_id = $1", [organisationId]);
  return { ...target, cookie: await attacked.signIn(target), tokenId, invitation: secret, second };
}

async function providerIn(organisationId: string, domains: readonly string[] = []): Promise<string> {
  const id = randomUUID();
  const columns = "id, organisation_id, name, issuer, client_id, shown, domains";
  const values = [id, organisationId, fresh("provider"), forging.issuer, "isthmus", false, domains];
  await attacked.sql(`insert into identity_provider (${columns}) values ($1, $2, $3, $4, $5, $6, $7)`, values);
  return id;
}

const noticedAt = "2001-02-03T04:05:06.789Z";
const notice = (personId: string) =>
  attacked.sql("update person set second_factor_taken_at = $2, password_reset_at = $2 where id = $1", [
    personId,
    noticedAt,
  ]);
/** What somebody did to their account last, newest first, as the audit logs have it. */
async function lastOfAccount(personId: string): Promise<readonly string[]> {
  const lines = await attacked.sql<{ action: string }>(
    "select action from audit_entry where actor_id = $1 and action like 'account.%' order by id desc limit 3",
    [personId],
  );
  return lines.map(({ action }) => action);
}

beforeAll(async () => {
  [attacked, forging] = await Promise.all([startAttacked(), startForgingProvider()]);
  acme = await attacked.organisation("acme");
  await attacked.person("founder", { organisationId: acme });
  const bystander = async (organisationId: string, role: string) => {
    const person = await personIn(organisationId, role);
    const { cookie, password } = person;
    const code = codeOf(await attacked.mutate("signIn.beginSecondFactor", { password }, { cookie }));
    await attacked.mutate("signIn.confirmSecondFactor", { code: code() }, { cookie });
    const provider = await providerIn(organisationId);
    const connectedAs = `${fresh("connected")}@attacked.example`;
    const identity = "insert into person_identity (provider_id, subject, organisation_id, person_id, email)";
    const { personId, second } = person;
    await attacked.sql(`${identity} values ($1, $2, $3, $4, $2)`, [provider, connectedAs, organisationId, personId]);
    await notice(personId);
    return { ...person, code, provider, connectedAs, foreignProvider: await providerIn(second) };
  };
  bystanders = {
    ordinary: await bystander(acme, "viewer"),
    installation: await bystander(installationId, "installation-administrator"),
  };
}, 60_000);
afterAll(() => Promise.all([attacked?.stop(), forging?.stop()]));

/** Everything that a person has, but when they were last seen. */
async function heldBy(personId: string): Promise<string> {
  const tables = [
    "membership",
    "sign_in_session",
    "api_token",
    "person_identity",
    "person_totp",
    "recovery_code",
    "role_binding",
  ];
  const rows = await Promise.all([
    attacked.sql("select * from person where id = $1", [personId]),
    ...tables.map((table) => attacked.sql(`select * from ${table} where person_id = $1 order by 1, 2`, [personId])),
  ]);
  return JSON.stringify(rows, (key, value: unknown) => (key === "last_seen_at" ? undefined : value));
}

interface Begun {
  readonly url: string;
}
interface Connections {
  readonly providers: readonly { readonly id: string; readonly connectedAs: readonly string[] }[];
}

/** Notes how each path was answered. */
function noting() {
  const done = new Map<string, string>();
  const note = <A extends Answered>(path: string, answer: A): A => {
    done.set(path, outcome(answer));
    return answer;
  };
  return { done, note };
}
const allDone = (of: (path: string) => boolean) => Object.fromEntries(own.filter(of).map((path) => [path, "200"]));

describe.each(letters)("%s", (letter) => {
  let self: Person;
  let bystander: (typeof bystanders)[string];
  const ask = (path: string, input?: unknown) => attacked.query(path, input, { cookie: self.cookie });
  const act = (path: string, input?: unknown) => attacked.mutate(path, input, { cookie: self.cookie });
  /** An act that gives the browser another cookie. */
  const actAnew = async (path: string, input?: unknown) => {
    const answer = await act(path, input);
    self = { ...self, cookie: answer.cookie ?? self.cookie };
    return answer;
  };

  beforeAll(async () => {
    self = await personIn(letter === "I" ? installationId : acme, roles[letter]);
    bystander = bystanders[letter === "I" ? "installation" : "ordinary"]!;
  });

  it("does nothing to another's, and reads nothing of it without the permission", async () => {
    const before = await heldBy(bystander.personId);
    const resource = { kind: "organisation" };
    const question = { permission: "audit.read", resource };
    const { personId, tokenId, password, second, invitation, provider: id, connectedAs } = bystander;
    const [session] = await attacked.sql<{ id: string }>(
      "select id from sign_in_session where person_id = $1 and revoked_at is null",
      [personId],
    );
    const offer = { personId, providerId: id, sessionId: session!.id, issuer: forging.issuer, email: fresh("offered") };
    const offered = { token: await offerConnection(attacked.servers[0], offer) };
    const next = "a password of twelve or more";
    const answers: Record<string, Answer> = {
      "tokens.list": await ask("tokens.list", { whose: "all" }),
      "roles.explain": await ask("roles.explain", { ...question, personId }),
      "roles.explain a token": await ask("roles.explain", { ...question, tokenId }),
      "roles.explain a token that never was": await ask("roles.explain", { ...question, tokenId: randomUUID() }),
      "signIn.revokeSession": await act("signIn.revokeSession", { id: session?.id }),
      "signIn.switchOrganisation": await act("signIn.switchOrganisation", { id: second }),
      "members.accept": await act("members.accept", { token: invitation }),
      "signIn.changePassword": await act("signIn.changePassword", { current: password, next }),
      "signIn.beginSecondFactor": await act("signIn.beginSecondFactor", { password }),
      "signIn.confirmSecondFactor": await act("signIn.confirmSecondFactor", { code: bystander.code() }),
      "signIn.disableSecondFactor": await act("signIn.disableSecondFactor", { password, code: bystander.code() }),
      "signIn.renewRecoveryCodes": await act("signIn.renewRecoveryCodes", { code: bystander.code() }),
      "account.offeredConnection": await ask("account.offeredConnection", offered),
      "account.confirmConnection": await act("account.confirmConnection", offered),
      "account.connect": await act("account.connect", { id: bystander.foreignProvider, password: self.password }),
      "account.disconnect by their password": await act("account.disconnect", { id, password }),
      "account.disconnect": await act("account.disconnect", { id, password: self.password }),
      "account.rename": await act("account.rename", { displayName: fresh("another name") }),
      "account.acknowledgeNotices": await act("account.acknowledgeNotices"),
    };
    expect(answers["signIn.revokeSession"]?.data).toBe(0);
    const own = ["signIn.sessions", "signIn.organisations", "signIn.me", "account.connections", "account.notices"];
    const read = [...own.map((path) => ask(path)), ask("tokens.list", {})];
    const theirs = [personId, tokenId, session!.id, bystander.email, second, connectedAs, offer.email, noticedAt];
    for (const { raw } of [...(await Promise.all(read)), answers["signIn.revokeSession"]!])
      for (const each of theirs) expect(raw).not.toContain(each);
    expect(await heldBy(personId)).toBe(before);
    // Last, since whoever may do it does it.
    answers["tokens.revoke"] = await act("tokens.revoke", { id: tokenId });
    const wanted = Object.entries(others).map(([path, of]) => [path, of(letter)]);
    expect(Object.fromEntries(Object.entries(answers).map(([path, each]) => [path, outcome(each)]))).toEqual(
      Object.fromEntries(wanted),
    );
    await attacked.sql("update api_token set revoked_at = null, revoked_by = null where id = $1", [tokenId]);
    expect(await heldBy(personId)).toBe(before);
  });

  it("does everything with its own account", async () => {
    const { done, note } = noting();
    const { personId, organisationId, email, password } = self;
    const id = await providerIn(organisationId, [email.split("@")[1] ?? ""]);
    const browser = openBrowser(attacked.servers[0]);
    await browser.mutate("signIn.signIn", { email, password });
    const address = `${fresh("connected")}@attacked.example`;
    forging.reset({ sub: address, email: address, email_verified: true });
    const { url } = note("account.connect", await browser.mutate("account.connect", { id, password })).data as Begun;
    const offered = { token: (await browser.open(url)).url.searchParams.get("connect") };
    const shown = note("account.offeredConnection", await browser.query("account.offeredConnection", offered));
    expect(shown.data).toMatchObject({ email: address });
    note("account.confirmConnection", await browser.mutate("account.confirmConnection", offered));
    const connectedAs = async () => {
      const { providers } = note("account.connections", await ask("account.connections")).data as Connections;
      return providers.find((each) => each.id === id)?.connectedAs;
    };
    expect(await connectedAs()).toEqual([address]);
    note("account.disconnect", await browser.mutate("account.disconnect", { id, password }));
    expect(await connectedAs()).toEqual([]);
    await browser.mutate("signIn.signOut");
    const displayName = fresh("a name of mine");
    note("account.rename", await act("account.rename", { displayName }));
    expect((await ask("signIn.me")).data).toMatchObject({ displayName });
    expect(await lastOfAccount(personId)).toEqual(["account.rename", "account.disconnect", "account.connect"]);
    await notice(personId);
    expect(note("account.notices", await ask("account.notices")).raw).toContain(noticedAt);
    note("account.acknowledgeNotices", await act("account.acknowledgeNotices"));
    expect((await ask("account.notices")).data).toEqual({
      secondFactorTakenAt: null,
      passwordResetAt: null,
      connected: [],
    });
    expect(Object.fromEntries(done)).toEqual(allDone((path) => path.startsWith("account.")));
  });

  it("does everything else with its own", async () => {
    const { done, note } = noting();
    for (const path of ["frame.access", "organisations.current", "roles.list", "signIn.secondFactor"])
      note(path, await ask(path));
    note("frame.find", await ask("frame.find", { text: "" }));
    note("tokens.list", await ask("tokens.list", {}));
    const resource = { kind: "organisation" };
    note("roles.explain", await ask("roles.explain", { permission: "audit.read", resource, tokenId: self.tokenId }));
    expect(note("signIn.me", await ask("signIn.me")).data).toMatchObject({ id: self.personId, email: self.email });
    note("signIn.stopViewAs", await act("signIn.stopViewAs"));
    note("tokens.revoke", await act("tokens.revoke", { id: self.tokenId }));

    const other = await attacked.signIn(self);
    const [here] = (note("signIn.sessions", await ask("signIn.sessions")).data as { id: string; current: boolean }[])
      .filter(({ current }) => !current)
      .toReversed();
    expect(note("signIn.revokeSession", await act("signIn.revokeSession", { id: here?.id })).data).toBe(1);
    expect((await attacked.query("signIn.me", undefined, { cookie: other })).status).toBe(401);
    await attacked.signIn(self);
    expect(note("signIn.revokeOtherSessions", await act("signIn.revokeOtherSessions")).data).toBe(1);

    const next = "another password of twelve";
    note("signIn.changePassword", await actAnew("signIn.changePassword", { current: self.password, next }));
    self = { ...self, password: next };
    const code = codeOf(note("signIn.beginSecondFactor", await act("signIn.beginSecondFactor", { password: next })));
    note("signIn.confirmSecondFactor", await actAnew("signIn.confirmSecondFactor", { code: code(-1) }));
    note("signIn.renewRecoveryCodes", await act("signIn.renewRecoveryCodes", { code: code() }));
    const disabling = { password: next, code: code(1) };
    note("signIn.disableSecondFactor", await actAnew("signIn.disableSecondFactor", disabling));

    note("members.accept", await act("members.accept", { token: self.invitation }));
    const places = note("signIn.organisations", await ask("signIn.organisations")).data as readonly object[];
    expect(places).toHaveLength(3);
    note("signIn.switchOrganisation", await actAnew("signIn.switchOrganisation", { id: self.second }));
    note("members.leave", await act("members.leave"));
    expect(outcome(await ask("signIn.me"))).toBe("not-signed-in");

    const streamed = "frame.changes";
    expect(Object.fromEntries(done)).toEqual(allDone((path) => path !== streamed && !path.startsWith("account.")));
  });
});
