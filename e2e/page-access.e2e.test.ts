import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { addMember, createCluster, createSignInSession, createTier, installationId } from "@isthmus/db";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { letters, roles } from "../apps/web/test/support/role-letters";
import { root } from "./support/demo";
import { startWebProcess, type WebProcess } from "./support/web-process";

// What each page of the app answers to each role, asked of the built app. Pages are found in the file system, and what
// they are to answer is written by hand. A page is gated where it is made, in the process, and holds no data: what is in
// it is asked of procedures, whose answers access-matrix.integration.test.ts holds to a table of its own.

/** A page of the frame: who sees it, and who is told that their kind of organisation has no such page. */
interface Framed {
  readonly path: string;
  readonly seen: string;
  readonly notHere?: string;
}
const mesh = (path: string): Framed => ({ path, seen: "OPSTAV", notHere: "I" });

/** By the folder of `page.tsx`. */
const framed: Readonly<Record<string, Framed>> = {
  // In the installation, which has no overview, it goes on to where its people start.
  "(frame)": { path: "/", seen: "OPSTAVI" },
  "(frame)/clusters": mesh("/clusters"),
  "(frame)/clusters/connectivity": mesh("/clusters/connectivity"),
  "(frame)/clusters/enrolment": mesh("/clusters/enrolment"),
  "(frame)/clusters/[cluster]": mesh("/clusters/eu-west"),
  "(frame)/graph": mesh("/graph"),
  "(frame)/flows": mesh("/flows"),
  "(frame)/flows/[id]": mesh("/flows/some-flow"),
  "(frame)/policies/[[...policy]]": mesh("/policies"),
  "(frame)/audit": { path: "/audit", seen: "OPSAI" },
  "(frame)/settings": { path: "/settings", seen: "OPSTAVNI" },
  "(frame)/settings/storage": { path: "/settings/storage", seen: "O", notHere: "I" },
  "(frame)/organisations": { path: "/organisations", seen: "I", notHere: "OPSTAVN" },
  "(frame)/access": { path: "/access", seen: "OPSTAVNI" },
  "(frame)/access/people": { path: "/access/people", seen: "OPSAI" },
  "(frame)/access/bindings": { path: "/access/bindings", seen: "OAI" },
  "(frame)/access/roles": { path: "/access/roles", seen: "OAI" },
  "(frame)/access/sign-on": { path: "/access/sign-on", seen: "OAI" },
  "(frame)/access/tokens": { path: "/access/tokens", seen: "OPSTAI" },
  "(frame)/access/why": { path: "/access/why", seen: "OPSTAVNI" },
  "(frame)/access/organisation": { path: "/access/organisation", seen: "O", notHere: "I" },
};

/** Pages for those who are not signed in; of who is: where they are sent, or that they see it too. */
const doors: Readonly<Record<string, { readonly path: string; readonly signedIn: string }>> = {
  "sign-in": { path: "/sign-in", signedIn: "to /" },
  "join/[token]": { path: `/join/${"a".repeat(43)}`, signedIn: "seen" },
  "reset/[token]": { path: `/reset/${"a".repeat(43)}`, signedIn: "seen" },
};
const newPassword = "new-password";

/** What is no page: each has tests of its own for who is answered. */
const handlers = [
  "api/export/audit",
  "api/export/organisation",
  "api/trpc/[trpc]",
  "api/v1/[...path]",
  "auth/backchannel/[provider]",
  "connect/[grant]/[token]",
  "healthz",
  "readyz",
  "sign-in/oidc/[provider]",
  "sign-in/oidc/callback",
];
/** Files, and who is given them. */
const files: Readonly<Record<string, string>> = { "/api/export/audit": "OAI", "/api/export/organisation": "O" };

const app = join(root, "apps/web/src/app");
const folders = (file: string) =>
  readdirSync(app, { recursive: true, encoding: "utf8" }).flatMap((path) =>
    path === file ? [""] : path.endsWith(`/${file}`) ? [path.slice(0, -file.length - 1)] : [],
  );

let web: WebProcess;
let organisationId: string;
const cookies: Record<string, string> = {};
/** Texts of the organisation: no page that is sent holds one. */
const canaries = ["canary-cluster", "canary-tier", "canary-person"];

async function member(name: string, place: string, { role, fresh }: { role: string | null; fresh: boolean }) {
  const [personId, token] = [randomUUID(), randomBytes(32).toString("base64url")];
  const createdAt = new Date();
  await web.database.forOrganisation(place).transaction(async (tx) => {
    await addMember(tx, {
      personId,
      email: `${name}@pages.example`,
      displayName: name,
      passwordHash: null,
      mustChangePassword: fresh,
      role,
    });
    await createSignInSession(tx, {
      id: randomUUID(),
      personId,
      tokenHash: createHash("sha256").update(token).digest(),
      createdAt,
      expiresAt: new Date(createdAt.getTime() + 3_600_000),
      ip: "",
      userAgent: "test",
      proof: { kind: "password", secondFactor: false },
    });
  });
  cookies[name] = `isthmus_session=${token}`;
  return personId;
}

beforeAll(async () => {
  web = await startWebProcess(9_662);
  const owner = await web.database.lookups.findPersonByEmail(web.owner.email);
  organisationId =
    owner?.memberships.find(({ organisationKind }) => organisationKind === "ordinary")?.organisationId ?? "";
  for (const letter of letters)
    await member(letter, letter === "I" ? installationId : organisationId, { role: roles[letter], fresh: false });
  await member("fresh", organisationId, { role: "owner", fresh: true });
  const by = { createdBy: await member("canary-person", organisationId, { role: null, fresh: false }), at: new Date() };
  await web.database.forOrganisation(organisationId).transaction(async (tx) => {
    await createCluster(tx, { id: randomUUID(), name: "canary-cluster", labels: {}, ...by });
    await createTier(tx, {
      id: randomUUID(),
      name: "canary-tier",
      order: 10,
      defaultAction: "Deny",
      description: "",
      ...by,
    });
  });
});
afterAll(() => web?.stop());

async function open(path: string, cookie?: string): Promise<{ seen: string; html: string }> {
  const headers = { "sec-fetch-site": "same-origin", ...(cookie === undefined ? {} : { cookie }) };
  const response = await fetch(`${web.url}${path}`, { headers, redirect: "manual" });
  const html = await response.text();
  const to = response.headers.get("location");
  return { seen: to === null ? classOf(response.status, html) : `to ${to.replace(web.url, "")}`, html };
}

function classOf(status: number, html: string): string {
  if (status !== 200) return String(status);
  if (/ may not see [A-Z]/.test(html)) return "not permitted";
  if (/The installation has no such page|This page belongs to the installation/.test(html)) return "not here";
  return "seen";
}

it("every page has a row, and every other answer is known", () => {
  expect(folders("page.tsx").toSorted()).toEqual(
    [...Object.keys(framed), ...Object.keys(doors), newPassword].toSorted(),
  );
  expect(folders("route.ts").toSorted()).toEqual(handlers.toSorted());
});

describe.each(Object.values(framed))("$path", ({ path, seen, notHere = "" }) => {
  it("is seen by whom it is for", async () => {
    const answers: Record<string, string> = {};
    for (const letter of letters) {
      const { seen: answer, html } = await open(path, cookies[letter]);
      answers[letter] = answer;
      expect(canaries.filter((text) => html.includes(text))).toEqual([]);
    }
    const wanted = letters.map((letter) => [
      letter,
      seen.includes(letter) ? "seen" : notHere.includes(letter) ? "not here" : "not permitted",
    ]);
    expect(answers).toEqual(Object.fromEntries(wanted));
  });

  it("is nobody's without a session, and nobody's before their password is their own", async () => {
    const next = path === "/" ? "" : `?next=${encodeURIComponent(path)}`;
    for (const cookie of [undefined, "isthmus_session=none", `isthmus_session=${"a".repeat(43)}`])
      expect((await open(path, cookie)).seen).toBe(`to /sign-in${next}`);
    expect((await open(path, cookies["fresh"])).seen).toBe(`to /new-password${next}`);
  });
});

describe.each(Object.values(doors))("$path", ({ path, signedIn }) => {
  it("is seen by who is not signed in", async () => {
    expect((await open(path)).seen).toBe("seen");
    for (const letter of letters) expect((await open(path, cookies[letter])).seen).toBe(signedIn);
  });
});

it("/new-password is for who has to choose one", async () => {
  expect((await open("/new-password")).seen).toBe("to /sign-in?next=%2Fnew-password");
  expect((await open("/new-password", cookies["fresh"])).seen).toBe("seen");
  for (const letter of letters) expect((await open("/new-password", cookies[letter])).seen).toBe("to /");
});

it.each(Object.entries(files))("%s is given to %s", async (path, given) => {
  const answers: Record<string, string> = {};
  for (const letter of letters) answers[letter] = (await open(path, cookies[letter])).seen;
  expect(answers).toEqual(
    Object.fromEntries(letters.map((letter) => [letter, given.includes(letter) ? "seen" : "403"])),
  );
  expect((await open(path)).seen).toBe("401");
  expect((await open(path, cookies["fresh"])).seen).toBe("403");
});
