import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Environment for the tools that we call: nothing phones home. */
export const quietEnv = {
  ...process.env,
  NEXT_TELEMETRY_DISABLED: "1",
  TURBO_TELEMETRY_DISABLED: "1",
  CHECKPOINT_DISABLE: "1",
  PRISMA_HIDE_UPDATE_MESSAGE: "1",
  DO_NOT_TRACK: "1",
};

/**
 * Runs a command to its end.
 * @returns {Promise<{code: number, output: string}>} output holds both streams unless they are inherited
 */
export function run(command, args, { env = quietEnv, cwd = root, inherit = false, onOutput } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: inherit ? "inherit" : ["ignore", "pipe", "pipe"] });
    let output = "";
    const take = (chunk) => {
      output += chunk;
      onOutput?.(String(chunk));
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code: code ?? (signal ? 128 : 1), output }));
  });
}

/** Path of a tool installed in the workspace. */
export const bin = (name) => `${root}node_modules/.bin/${name}`;

/** Runs named steps in order, prints one line each with its time, and the output of the one that failed. */
export async function runSteps(steps) {
  for (const step of steps) {
    const started = Date.now();
    const { ok, detail } = await step.run();
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(`${ok ? "✓" : "✗"} ${step.name.padEnd(28)} ${seconds.padStart(6)} s`);
    if (!ok) {
      console.log(detail);
      return false;
    }
  }
  return true;
}

/** A step that runs a command and is green when it exits with 0. */
export const command = (name, file, args) => ({
  name,
  run: async () => {
    const { code, output } = await run(file, args);
    return { ok: code === 0, detail: output };
  },
});
