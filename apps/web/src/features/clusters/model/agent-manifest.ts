import { err, ok, type Result } from "@isthmus/std";

/** What is put into the agent's manifest for one cluster. */
export interface ManifestValues {
  readonly image: string;
  readonly imagePullPolicy: "IfNotPresent" | "Always" | "Never";
  readonly gatewayUrls: readonly string[];
  /** Ids of the management plane's signing keys: the current one, then the next. */
  readonly pins: readonly string[];
  readonly grantId: string;
  /** Base64 of the secret's text; only the hash of that text is kept here. */
  readonly grantSecretBase64: string;
  /** Base64 of the PEM of the authority that signs the gateway's TLS certificate; empty: the system's. */
  readonly caBundle: string;
  readonly goldmaneAddress: string;
  readonly goldmaneTlsSecret: string;
  readonly goldmaneCaConfigMap: string;
}

/** Why a manifest could not be made. */
export interface ManifestProblem {
  readonly code: "unknown-placeholder" | "unsafe-value";
  readonly message: string;
}

const PLACEHOLDER = /\{\{\s*([A-Za-z0-9]+)\s*\}\}/g;
// Every value stands inside a double-quoted YAML scalar or an argument: these characters need no escape in either.
const SAFE = /^[A-Za-z0-9._:/@,+=[\]-]*$/;

/** The name in Goldmane's certificate: the host of its address. */
export const goldmaneServerName = (address: string): string => address.replace(/:\d+$/, "");

function texts(values: ManifestValues): ReadonlyMap<string, string> {
  const { gatewayUrls, pins, ...rest } = values;
  return new Map<string, string>([
    ...Object.entries(rest),
    ["gatewayUrls", gatewayUrls.join(",")],
    ["pins", pins.join(",")],
    ["goldmaneServerName", goldmaneServerName(values.goldmaneAddress)],
  ]);
}

/** Fills the template of `deploy/agent/agent.yaml`; its opening comment, which explains the placeholders, gives way to `heading`. */
export function fillManifest(
  template: string,
  values: ManifestValues,
  heading: readonly string[],
): Result<string, ManifestProblem> {
  const byName = texts(values);
  const body = template.slice(Math.max(0, template.search(/^[^#\s]/m)));
  for (const [, name = ""] of body.matchAll(PLACEHOLDER)) {
    const value = byName.get(name);
    if (value === undefined) {
      return err({
        code: "unknown-placeholder",
        message: `the agent's manifest asks for \`${name}\`, which is not known here`,
      });
    }
    if (!SAFE.test(value))
      return err({ code: "unsafe-value", message: `\`${name}\` cannot stand in a manifest: ${value}` });
  }
  const filled = body.replace(PLACEHOLDER, (_, name: string) => byName.get(name) ?? "");
  return ok(`${heading.map((line) => `# ${line}\n`).join("")}${filled}`);
}
