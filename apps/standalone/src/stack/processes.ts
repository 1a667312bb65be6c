import { join } from "node:path";
import type { StandaloneConfig } from "../config";
import type { ProcessSpec } from "../supervise/supervised-process";
import type { Ports } from "./ports";
import type { Secrets, StateFolder } from "./state-folder";

/** Everything that the process definitions are made from. */
export interface StackSettings {
  readonly config: StandaloneConfig;
  readonly folder: StateFolder;
  readonly secrets: Secrets;
  readonly ports: Ports;
  /** Connection string of the application's role. */
  readonly databaseUrl: string;
}

/** Image name of the agent's pods that this installation runs itself as processes. */
export const AGENT_IMAGE = "isthmus/agent:local";

/** Image name of probe pods in the sandbox, which runs their program itself. */
export const PROBE_IMAGE = "isthmus/probe:local";

type Definition = Pick<ProcessSpec, "name" | "args" | "env" | "readyUrl">;

const define = ({ config, folder }: StackSettings, definition: Definition): ProcessSpec => ({
  ...definition,
  env: { ...config.inheritedEnv, ...definition.env },
  logFile: join(folder.logs, `${definition.name.replaceAll(" ", "-")}.log`),
});

const clickhouseEnv = ({ ports, secrets }: StackSettings) => ({
  ISTHMUS_CLICKHOUSE_URL: `http://127.0.0.1:${ports.clickhouse}`,
  ISTHMUS_CLICKHOUSE_PASSWORD: secrets.clickhousePassword,
});

/** The ClickHouse engine in its own process. */
export const clickhouseProcess = (settings: StackSettings): ProcessSpec =>
  define(settings, {
    name: "clickhouse",
    args: [`${settings.config.root}/packages/flow-store/dist/clickhouse.js`],
    env: {
      ISTHMUS_CLICKHOUSE_DATA: settings.folder.clickhouse,
      ISTHMUS_CLICKHOUSE_LISTEN: `127.0.0.1:${settings.ports.clickhouse}`,
      ISTHMUS_CLICKHOUSE_PASSWORD: settings.secrets.clickhousePassword,
    },
    readyUrl: `http://127.0.0.1:${settings.ports.clickhouse}/ping`,
  });

/** One of the gateways; both run sessions and jobs. */
export const gatewayProcess = (settings: StackSettings, index: 0 | 1): ProcessSpec =>
  define(settings, {
    name: `gateway ${index + 1}`,
    args: [`${settings.config.root}/apps/gateway/dist/main.js`],
    env: {
      ...clickhouseEnv(settings),
      ISTHMUS_GATEWAY_LISTEN: `127.0.0.1:${settings.ports.gateways[index]}`,
      ISTHMUS_GATEWAY_ROLES: "sessions,jobs",
      ISTHMUS_DATABASE_URL: settings.databaseUrl,
      ISTHMUS_SIGNING_KEY_FILE: settings.secrets.signingKeyFile,
      ISTHMUS_NEXT_SIGNING_KEY_FILE: settings.secrets.nextSigningKeyFile,
    },
    readyUrl: `http://127.0.0.1:${settings.ports.gateways[index]}/readyz`,
  });

/** The web app and its API. */
export const webProcess = (settings: StackSettings): ProcessSpec =>
  define(settings, {
    name: "web",
    args: [`${settings.config.root}/apps/web/server.mjs`],
    env: {
      ...clickhouseEnv(settings),
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      ISTHMUS_WEB_LISTEN: `localhost:${settings.ports.web}`,
      ISTHMUS_PUBLIC_URL: publicUrl(settings.ports),
      ISTHMUS_DATABASE_URL: settings.databaseUrl,
      ISTHMUS_GATEWAY_PUBLIC_URLS: settings.ports.gateways.map((port) => `ws://127.0.0.1:${port}`).join(","),
      ISTHMUS_BOOTSTRAP_EMAIL: settings.config.email,
      ISTHMUS_BOOTSTRAP_PASSWORD_FILE: settings.secrets.signInPasswordFile,
      ISTHMUS_SECRETS_KEY_FILE: settings.secrets.secretsKeyFile,
    },
    readyUrl: `${publicUrl(settings.ports)}/readyz`,
  });

/** The process that hosts all sandbox clusters. */
export const sandboxProcess = (settings: StackSettings): ProcessSpec =>
  define(settings, {
    name: "sandbox",
    args: [`${settings.config.root}/packages/sandbox/dist/main.js`],
    env: {
      ISTHMUS_SANDBOX_STATE: settings.folder.sandbox,
      ISTHMUS_SANDBOX_BASE_PORT: String(settings.ports.sandboxBase),
      ISTHMUS_SANDBOX_LISTEN: `127.0.0.1:${settings.ports.sandboxControl}`,
      ISTHMUS_SANDBOX_EXTERNAL_IMAGES: AGENT_IMAGE,
      ISTHMUS_SANDBOX_PODS_LISTEN: `127.0.0.1:${settings.ports.sandboxPods}`,
      ...(settings.config.sandboxTime === "" ? {} : { ISTHMUS_SANDBOX_TIME: settings.config.sandboxTime }),
    },
    readyUrl: `http://127.0.0.1:${settings.ports.sandboxControl}/readyz`,
  });

/** Where the person opens the product. `localhost`, not 127.0.0.1: sign-in callbacks need a name. */
export const publicUrl = (ports: Ports): string => `http://localhost:${ports.web}`;
