import {
  appendAudit,
  countRecoveryCodes,
  findPasswordHash,
  findSecondFactor,
  offerSecondFactor,
  removeSecondFactor,
  replaceRecoveryCodes,
  useRecoveryCode,
  useTimeStep,
  type OrganisationClient,
} from "@isthmus/db";
import type { PersonContext, RequestContext } from "../../../server/context";
import { AppError } from "../../../server/errors";
import { seal, unseal } from "../../../server/secrets";
import type { Server } from "../../../server/server";
import { clearAttempts, limitAttempts } from "./attempts";
import { requirePassword, rotateToken } from "./change-password";
import { requireUnconfined } from "./confined";
import { hashRecoveryCode, newRecoveryCodes, newTotp, stepOfCode } from "./totp";

type Context = RequestContext & PersonContext;

/** What the person's settings show of the second factor. */
export async function secondFactorState({ organisation, person, server }: Context) {
  return organisation.transaction(async (tx) => {
    const factor = await findSecondFactor(tx, person.id);
    return {
      enabled: factor !== undefined && factor.confirmedAt !== null,
      since: factor?.confirmedAt ?? null,
      recoveryCodesLeft: await countRecoveryCodes(tx, person.id),
      /** A second factor stands beside a password; who has none has that of their provider. */
      hasPassword: typeof (await findPasswordHash(tx, person.id)) === "string",
      /** False where the installation has no key to seal secrets with. */
      available: server.config.secretsKey !== undefined,
    };
  });
}

/** Offers a secret for an authenticator app; it counts once `confirmSecondFactor` was given a code of it. */
export async function beginSecondFactor(ctx: Context, { password }: { readonly password: string }) {
  await requirePassword(ctx, password);
  const { person, server, organisation } = ctx;
  const offer = newTotp(person.email);
  const secretSealed = seal(server.config.secretsKey, { purpose: "totp", id: person.id }, offer.secret);
  const at = new Date(server.clock.now());
  const offered = await organisation.transaction((tx) =>
    offerSecondFactor(tx, { personId: person.id, secretSealed, at }),
  );
  if (!offered)
    throw new AppError("conflict", "You have a second factor already. Turn it off before you set up another.");
  return offer;
}

/** Turns the second factor on with its first code; ends the person's other sessions, and returns the recovery codes. */
export async function confirmSecondFactor(
  ctx: Context,
  { code }: { readonly code: string },
): Promise<readonly string[]> {
  requireUnconfined(ctx.identity);
  const { person, server, identity } = ctx;
  await limitAttempts(server, [["second-factor", person.id]]);
  const at = new Date(server.clock.now());
  const codes = newRecoveryCodes();
  const confirmed = await ctx.organisation.transaction(async (tx) => {
    const factor = await findSecondFactor(tx, person.id);
    const step = factor?.confirmedAt === null ? stepOf(server, person.id, { factor, code }) : undefined;
    if (step === undefined || !(await useTimeStep(tx, { personId: person.id, step, confirm: at }))) return false;
    await replaceRecoveryCodes(tx, { personId: person.id, hashes: hashesOf(person.id, codes) });
    await note(ctx, tx, "second-factor.enable");
    return true;
  });
  if (!confirmed) throw wrongCode();
  await clearAttempts(server, "second-factor", person.id);
  const which = { allExcept: identity.sessionId };
  await server.database.lookups.revokePersonSessions({ personId: person.id, which, at });
  await rotateToken(ctx, { secondFactor: true });
  return codes;
}

/** Turns the second factor off: with the password and a code, or a recovery code. */
export async function disableSecondFactor(
  ctx: Context,
  { password, code }: { readonly password: string; readonly code: string },
): Promise<void> {
  await requirePassword(ctx, password);
  await requireCode(ctx, code);
  await ctx.organisation.transaction(async (tx) => {
    await removeSecondFactor(tx, ctx.person.id);
    await note(ctx, tx, "second-factor.disable");
  });
  await rotateToken(ctx, { secondFactor: false });
}

/** Makes new recovery codes in place of the former ones. */
export async function renewRecoveryCodes(
  ctx: Context,
  { code }: { readonly code: string },
): Promise<readonly string[]> {
  requireUnconfined(ctx.identity);
  await requireCode(ctx, code);
  const { person } = ctx;
  const codes = newRecoveryCodes();
  await ctx.organisation.transaction(async (tx) => {
    await replaceRecoveryCodes(tx, { personId: person.id, hashes: hashesOf(person.id, codes) });
    await note(ctx, tx, "second-factor.renew-codes");
  });
  return codes;
}

/** By what a person passed the second step. */
export type PassedBy = "totp" | "recovery-code";

interface Asked {
  readonly organisation: OrganisationClient;
  readonly personId: string;
  readonly code: string;
}

/** Checks a code or a recovery code and uses it up; undefined where it is wrong. The attempts are limited. */
export async function passSecondFactor(
  server: Server,
  { organisation, personId, code }: Asked,
): Promise<PassedBy | undefined> {
  await limitAttempts(server, [["second-factor", personId]]);
  const at = new Date(server.clock.now());
  const passed = await organisation.transaction(async (tx): Promise<PassedBy | undefined> => {
    const factor = await findSecondFactor(tx, personId);
    if (factor === undefined || factor.confirmedAt === null) return undefined;
    const hash = hashRecoveryCode(personId, code);
    if (hash !== undefined) return (await useRecoveryCode(tx, { personId, hash, at })) ? "recovery-code" : undefined;
    const step = stepOf(server, personId, { factor, code });
    return step !== undefined && (await useTimeStep(tx, { personId, step })) ? "totp" : undefined;
  });
  if (passed !== undefined) await clearAttempts(server, "second-factor", personId);
  return passed;
}

/** What is said of a code that does not fit, used ones included. */
export const wrongCode = (): AppError =>
  new AppError("sign-in-refused", "The code is wrong, or was used already. Wait for the next one.");

/** Asks for a code of the second factor, or a recovery code; the attempts are limited. */
export async function requireCode({ server, organisation, person }: Context, code: string): Promise<void> {
  const passed = await passSecondFactor(server, { organisation, personId: person.id, code });
  if (passed === undefined) throw wrongCode();
}

interface Given {
  readonly factor: { readonly secretSealed: Uint8Array };
  readonly code: string;
}

function stepOf({ config, clock }: Server, personId: string, { factor, code }: Given): number | undefined {
  const secret = unseal(config.secretsKey, { purpose: "totp", id: personId }, factor.secretSealed);
  return stepOfCode(secret, code, clock.now());
}

const hashesOf = (personId: string, codes: readonly string[]) =>
  codes.flatMap((code) => hashRecoveryCode(personId, code) ?? []);

type Tx = Parameters<typeof appendAudit>[0];

const note = ({ person, ip, server }: Context, tx: Tx, action: string) =>
  appendAudit(tx, {
    actor: { kind: "person", id: person.id, name: person.displayName },
    action,
    target: { kind: "person", id: person.id, name: person.email },
    ip,
    at: new Date(server.clock.now()),
  });
