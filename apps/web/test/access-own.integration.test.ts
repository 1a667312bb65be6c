import { randomUUID } from "node:crypto";
import { createApiToken, createInvitation, installationId } from "@isthmus/db";
import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashSecret, newSecret } from "../src/server/random-secret";
import { own } from "./access-table";
import { startAttacked, type Answer, type Attacked, type Target } from "./attacks/support/attacked";
import { all, fresh } from "./support/access-things";

// A person's own things: everybody's, whatever their roles, and nobody else's.

/** Member without a role; the others as in access-table.ts. */
const roles = {
  O: "owner",
  P: "platform-operator",
  S: "security-engineer",
  T: "tier-editor",
  A: "auditor",
  V: "viewer",
  N: null,
  I: "installation-administrator",
} as const;
type Letter = keyof typeof roles;
const letters = Object.keys(roles) as Letter[];

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
};

interface Person extends Target {
  readonly cookie: string;
  readonly tokenId: string;
  readonly invitation: string;
  /** Another organisation that they belong to. */
  readonly second: string;
}

let attacked: Attacked;
let acme: string;
/** Somebody beside those who ask, in each kind of organisation, with everything that a person has. */
let bystanders: Readonly<Record<string, Person & { readonly code: () => string }>>;

const outcome = ({ status, error }: Answer): string => error?.code ?? String(status);
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

beforeAll(async () => {
  attacked = await startAttacked();
  acme = await attacked.organisation("acme");
  await attacked.person("founder", { organisationId: acme });
  const bystander = async (organisationId: string, role: string) => {
    const person = await personIn(organisationId, role);
    const { cookie, password } = person;
    const code = codeOf(await attacked.mutate("signIn.beginSecondFactor", { password }, { cookie }));
    await attacked.mutate("signIn.confirmSecondFactor", { code: code() }, { cookie });
    return { ...person, code };
  };
  bystanders = {
    ordinary: await bystander(acme, "viewer"),
    installation: await bystander(installationId, "installation-administrator"),
  };
}, 60_000);
afterAll(() => attacked?.stop());

/** Everything that a person has, but when they were last seen. */
async function heldBy(personId: string): Promise<string> {
  const tables = ["membership", "sign_in_session", "api_token", "person_totp", "recovery_code", "role_binding"];
  const rows = await Promise.all([
    attacked.sql("select * from person where id = $1", [personId]),
    ...tables.map((table) => attacked.sql(`select * from ${table} where person_id = $1 order by 1, 2`, [personId])),
  ]);
  return JSON.stringify(rows, (key, value: unknown) => (key === "last_seen_at" ? undefined : value));
}

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
    const { personId, tokenId, password, second, invitation } = bystander;
    const [session] = await attacked.sql<{ id: string }>(
      "select id from sign_in_session where person_id = $1 and revoked_at is null",
      [personId],
    );
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
    };
    expect(answers["signIn.revokeSession"]?.data).toBe(0);
    const own = [ask("signIn.sessions"), ask("signIn.organisations"), ask("tokens.list", {}), ask("signIn.me")];
    for (const { raw } of [...(await Promise.all(own)), answers["signIn.revokeSession"]!])
      for (const theirs of [personId, tokenId, session!.id, bystander.email, second]) expect(raw).not.toContain(theirs);
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

  it("does everything with its own", async () => {
    const done = new Map<string, string>();
    const note = (path: string, answer: Answer) => {
      done.set(path, outcome(answer));
      return answer;
    };
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

    expect(Object.fromEntries(done)).toEqual(
      Object.fromEntries(own.filter((path) => path !== "frame.changes").map((path) => [path, "200"])),
    );
  });
});
