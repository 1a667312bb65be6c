import { randomUUID } from "node:crypto";
import { builtInRolesOf } from "@isthmus/access";
import {
  appendAudit,
  createBinding,
  deleteBinding,
  endProvider,
  installationId,
  listBindings,
  listCustomRoles,
  listProviders,
  lock,
  storeProvider,
  type IdentityProvider,
  type NewBinding,
  type OrganisationTransaction,
  type ProviderSettings,
} from "@isthmus/db";
import { err, ok, type Result } from "@isthmus/std";
import { seal, unseal } from "../../../../server/secrets";
import type { Server } from "../../../../server/server";
import { checkIssuer } from "../providers/check-issuer";
import { shownOf } from "../providers/manage";
import type { AccessFile, FileBinding, FileProblem, FileProvider } from "./parse";

/** What the file needs from outside of it. */
export type ReadSecret = (path: string) => string;

type Parts = Pick<Server, "config" | "database" | "clock">;

/** An organisation and what the file says of it. */
interface Part {
  readonly organisationId: string;
  readonly kind: "ordinary" | "installation";
  readonly providers: readonly FileProvider[];
  readonly bindings: readonly FileBinding[];
}

/**
 * Makes providers and bindings of origin "file" what the file says. Everything is checked before anything is written: with
 * a problem, all stays as it was. Returns how many rows changed.
 */
export async function applyAccessFile(
  server: Parts,
  file: AccessFile,
  readSecret: ReadSecret,
): Promise<Result<number, readonly FileProblem[]>> {
  const problems: FileProblem[] = [];
  const parts = await partsOf(server, file, problems);
  const secrets = secretsOf(server, file, { readSecret, problems });
  // The installation first: its providers are for all.
  let forAll: readonly { readonly id: string; readonly name: string }[] = [];
  const plans: Plan[] = [];
  for (const part of parts) {
    const plan = await planOf(server, part, { forAll, problems });
    if (part.kind === "installation") forAll = [...plan.ids].map(([name, id]) => ({ id, name }));
    plans.push(plan);
  }
  if (problems.length > 0) return err(problems.toSorted((a, b) => a.line - b.line));
  let changes = 0;
  for (const plan of plans) changes += await carryOut(server, plan, secrets);
  return ok(changes);
}

async function partsOf({ database }: Parts, file: AccessFile, problems: FileProblem[]): Promise<readonly Part[]> {
  const ordinary = await database.lookups.listOrganisationsForJobs();
  const entries = [...file.providers, ...file.bindings];
  for (const { organisation, line } of entries) {
    const found = ordinary.filter(({ name }) => name === organisation).length;
    if (organisation === undefined || found === 1) continue;
    const message =
      found === 0
        ? `there is no organisation \`${organisation}\`; there are ${ordinary.map(({ name }) => name).join(", ")}`
        : `there are ${found} organisations called \`${organisation}\`; rename all but one`;
    problems.push({ line, message });
  }
  const of = (organisation: string | undefined) => ({
    providers: file.providers.filter((each) => each.organisation === organisation),
    bindings: file.bindings.filter((each) => each.organisation === organisation),
  });
  return [
    { organisationId: installationId, kind: "installation", ...of(undefined) },
    ...ordinary.map(({ id, name }): Part => ({ organisationId: id, kind: "ordinary", ...of(name) })),
  ];
}

interface Reading {
  readonly readSecret: ReadSecret;
  readonly problems: FileProblem[];
}

/** The client secrets by the entry that names their file. */
function secretsOf({ config }: Parts, file: AccessFile, { readSecret, problems }: Reading) {
  const secrets = new Map<FileProvider, string>();
  for (const provider of file.providers) {
    const { clientSecretFile, line, issuer } = provider;
    const checked = checkIssuer(issuer, config.publicUrl);
    if (!checked.ok) problems.push({ line, message: checked.error });
    if (clientSecretFile === undefined) continue;
    try {
      secrets.set(provider, readSecret(clientSecretFile).trim());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problems.push({ line, message: `\`clientSecretFile\` cannot be read: ${why}` });
    }
    if (config.secretsKey === undefined) {
      problems.push({ line, message: "a client secret needs ISTHMUS_SECRETS_KEY_FILE to be sealed with" });
    }
  }
  return secrets;
}

/** What is to be done in one organisation. */
interface Plan {
  readonly part: Part;
  /** Ids of the organisation's providers by name, those to be made included. */
  readonly ids: ReadonlyMap<string, string>;
  readonly before: readonly IdentityProvider[];
  readonly gone: readonly IdentityProvider[];
  readonly bindings: readonly Omit<NewBinding, "id" | "at">[];
}

interface Planning {
  readonly forAll: readonly { readonly id: string; readonly name: string }[];
  readonly problems: FileProblem[];
}

async function planOf({ database }: Parts, part: Part, { forAll, problems }: Planning): Promise<Plan> {
  const [before, custom] = await database
    .forOrganisation(part.organisationId)
    .transaction(async (tx) => [await listProviders(tx), await listCustomRoles(tx)] as const);
  const ids = new Map(before.map(({ name, id }) => [name, id]));
  const seen = new Set<string>();
  for (const { name, line } of part.providers) {
    if (seen.has(name))
      problems.push({ line, message: `\`${name}\` is there twice; each provider has a name of its own` });
    seen.add(name);
    if (before.some((each) => each.name === name && each.origin === "app")) {
      problems.push({
        line,
        message: `\`${name}\` was set up in the app; remove it there, or give this one another name`,
      });
    }
    if (!ids.has(name)) ids.set(name, randomUUID());
  }
  const roles = [...builtInRolesOf(part.kind), ...custom];
  const bindings = part.bindings.flatMap((binding) => {
    const role = roles.find(({ id, name }) => id === binding.role || name === binding.role);
    const provider = ids.get(binding.provider) ?? forAll.find(({ name }) => name === binding.provider)?.id;
    const { line } = binding;
    if (role === undefined) {
      const known = [...builtInRolesOf(part.kind).map(({ id }) => id), ...custom.map(({ name }) => name)].join(", ");
      problems.push({ line, message: `there is no role \`${binding.role}\`; there are ${known}` });
    }
    if (provider === undefined) problems.push({ line, message: `there is no provider \`${binding.provider}\`` });
    if (role === undefined || provider === undefined) return [];
    return [
      {
        roleId: role.id,
        holder: { kind: "group", providerId: provider, group: binding.group } as const,
        scope: scopeOf(binding),
        createdBy: null,
        origin: "file" as const,
      },
    ];
  });
  const gone = before.filter((each) => each.origin === "file" && each.enabled && !seen.has(each.name));
  return { part, ids, before, gone, bindings };
}

const scopeOf = ({ clusters, namespaces, tiers }: FileBinding): NewBinding["scope"] => ({
  clusters: clusters === "all" ? { kind: "all" } : { kind: "selector", selector: clusters.selector },
  namespaces,
  tiers,
});

const carryOut = (server: Parts, plan: Plan, secrets: ReadonlyMap<FileProvider, string>): Promise<number> =>
  server.database.forOrganisation(plan.part.organisationId).transaction(async (tx) => {
    await lock(tx, "access-file");
    let changes = await carryOutBindings(tx, server, plan);
    for (const provider of plan.part.providers)
      changes += await carryOutProvider(tx, server, { plan, provider, secret: secrets.get(provider) });
    for (const provider of plan.gone) changes += await switchOff(tx, server, provider);
    return changes;
  });

const at = ({ clock }: Parts) => new Date(clock.now());

interface Act {
  readonly action: string;
  readonly target: { readonly kind: string; readonly id: string; readonly name: string };
  readonly before?: unknown;
  readonly after?: unknown;
}

const note = (tx: OrganisationTransaction, server: Parts, { action, target, before, after }: Act) =>
  appendAudit(tx, {
    actor: { kind: "system", id: null, name: "access file" },
    action,
    target,
    detail: { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) },
    at: at(server),
  });

interface FromFile {
  readonly plan: Plan;
  readonly provider: FileProvider;
  readonly secret: string | undefined;
}

async function carryOutProvider(tx: OrganisationTransaction, server: Parts, { plan, provider, secret }: FromFile) {
  const id = plan.ids.get(provider.name) ?? randomUUID();
  const { line: _line, organisation: _organisation, clientSecretFile: _file, ...settings } = provider;
  const before = plan.before.find((each) => each.id === id);
  const sameSecret = (await heldSecret(server, before)) === secret;
  if (before !== undefined && sameSecret && sameSettings(before, settings)) return 0;
  const { secretsKey } = server.config;
  const clientSecretSealed = secret === undefined ? null : seal(secretsKey, { purpose: "client-secret", id }, secret);
  await storeProvider(tx, { id, settings, clientSecretSealed, origin: "file", by: null, at: at(server) });
  if (before !== undefined && (before.issuer !== settings.issuer || (before.enabled && !settings.enabled))) {
    await endProvider(tx, { id, bindings: false, at: at(server) });
  }
  await note(tx, server, {
    action: before === undefined ? "provider.create" : "provider.change",
    target: { kind: "provider", id, name: settings.name },
    ...(before === undefined ? {} : { before: shownOf(before) }),
    after: { ...settings, ...(sameSecret ? {} : { clientSecret: "changed" }) },
  });
  return 1;
}

const sameSettings = (before: IdentityProvider, settings: ProviderSettings): boolean =>
  (Object.keys(settings) as (keyof ProviderSettings)[]).every(
    (key) => JSON.stringify(before[key]) === JSON.stringify(settings[key]),
  );

/** The secret that is stored; undefined where there is none, or where it cannot be opened any more. */
async function heldSecret({ database, config }: Parts, before: IdentityProvider | undefined) {
  if (before === undefined || !before.hasClientSecret) return undefined;
  const found = await database.lookups.findIdentityProvider(before.id);
  if (found === undefined || found.clientSecretSealed === null) return undefined;
  try {
    return unseal(config.secretsKey, { purpose: "client-secret", id: before.id }, found.clientSecretSealed);
  } catch {
    return undefined;
  }
}

async function switchOff(tx: OrganisationTransaction, server: Parts, provider: IdentityProvider): Promise<number> {
  const { id, name } = provider;
  const settings = { ...(shownOf(provider) as ProviderSettings & { hasClientSecret?: boolean }), enabled: false };
  delete settings.hasClientSecret;
  await storeProvider(tx, { id, settings, clientSecretSealed: undefined, origin: "file", by: null, at: at(server) });
  const sessionsEnded = await endProvider(tx, { id, bindings: false, at: at(server) });
  await note(tx, server, {
    action: "provider.change",
    target: { kind: "provider", id, name },
    before: { enabled: true },
    after: { enabled: false, sessionsEnded },
  });
  return 1;
}

const keyOf = ({ roleId, holder, scope }: Pick<NewBinding, "roleId" | "holder" | "scope">) =>
  JSON.stringify([
    roleId,
    holder.kind === "group" ? [holder.providerId, holder.group] : holder.personId,
    scope.clusters,
    scope.namespaces,
    scope.tiers,
  ]);

async function carryOutBindings(tx: OrganisationTransaction, server: Parts, { bindings }: Plan): Promise<number> {
  const held = (await listBindings(tx)).filter(({ origin }) => origin === "file");
  const heldKeys = new Set(held.map(keyOf));
  const wanted = new Map(bindings.map((binding) => [keyOf(binding), binding]));
  const gone = held.filter((each) => !wanted.has(keyOf(each)));
  const come = [...wanted].filter(([key]) => !heldKeys.has(key)).map(([, binding]) => binding);
  const targetOf = (id: string, { holder }: Pick<NewBinding, "holder">) => ({
    kind: "binding",
    id,
    name: holder.kind === "group" ? holder.group : "",
  });
  for (const binding of gone) {
    await deleteBinding(tx, binding.id);
    await note(tx, server, {
      action: "binding.delete",
      target: targetOf(binding.id, binding),
      before: { roleId: binding.roleId, scope: binding.scope },
    });
  }
  for (const binding of come) {
    const id = randomUUID();
    await createBinding(tx, { ...binding, id, at: at(server) });
    await note(tx, server, {
      action: "binding.create",
      target: targetOf(id, binding),
      after: { roleId: binding.roleId, scope: binding.scope },
    });
  }
  return gone.length + come.length;
}
