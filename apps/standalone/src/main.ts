import { existsSync } from "node:fs";
import { readConfig, type StandaloneConfig } from "./config";
import { createConsole, type Console } from "./console";
import { connectDemoClusters } from "./demo/connect-demo-clusters";
import { runSelfCheck } from "./self-check";
import { findTakenPorts, portsFor } from "./stack/ports";
import { publicUrl } from "./stack/processes";
import { startStack, type Stack } from "./stack/stack";
import { openSecrets, openStateFolder } from "./stack/state-folder";
import { endOrphans, findRunningSupervisor, openPidFile } from "./supervise/pid-file";

/** What main stops on Ctrl-C, in this order. */
type Stop = () => Promise<void>;

async function main(): Promise<void> {
  const config = readConfig(
    process.argv.slice(2).filter((arg) => arg !== "--"),
    process.env,
  );
  const console = createConsole(process.stdout);
  const stops: Stop[] = [];
  const end = endOnSignal(console, stops);
  try {
    const stack = await start({ config, console, stops, end });
    if (config.check) {
      await runSelfCheck(stack.settings, console);
      await stopAll(console, stops);
    } else {
      sayHowToSignIn(console, stack);
    }
  } catch (error) {
    console.say(`\n${error instanceof Error ? error.message : String(error)}`);
    await stopAll(console, stops);
    process.exitCode = 1;
  }
}

/** Stops everything, says why, and ends the process. */
type End = (words: string, exitCode: number) => void;

interface Run {
  readonly config: StandaloneConfig;
  readonly console: Console;
  readonly stops: Stop[];
  readonly end: End;
}

async function start({ config, console, stops, end }: Run): Promise<Stack> {
  const demo = config.mode === "demo";
  const folder = openStateFolder(config.home);
  const secrets = openSecrets(folder);
  const ports = portsFor(config.port);
  const running = findRunningSupervisor(folder.run);
  if (running !== null) {
    throw new Error(
      `Isthmus already runs from ${folder.home} as process ${running}. Stop it there with Ctrl-C, or \`kill ${running}\`.`,
    );
  }
  const left = await endOrphans(folder.run);
  if (left.length > 0) console.say(`  ! ended what an interrupted run had left behind: ${left.join(", ")}`);
  const taken = await findTakenPorts(ports, demo);
  if (taken.length > 0) throw new Error(taken.join("\n"));
  const pids = openPidFile(folder.run, (error) => {
    if (existsSync(folder.run)) console.say(`  ! the list of running processes could not be written: ${error.message}`);
    else end(`\nIsthmus stops: its state folder ${folder.home} is no longer there`, 1);
  });
  stops.push(async () => pids.clear());
  console.say(`Starting Isthmus (state in ${folder.home})`);
  const stack = await startStack({ config, folder, secrets, ports, pids, console });
  stops.push(() => stack.stop());
  if (demo) stops.push(await connectDemoClusters({ stack, pids, console }));
  return stack;
}

function sayHowToSignIn(console: Console, { settings }: Stack): void {
  console.say(
    `\nIsthmus is ready: open ${publicUrl(settings.ports)} and sign in as ${settings.config.email} with the password ${settings.secrets.signInPassword}`,
  );
  console.say("Ctrl-C stops everything; the next start finds it as it was.");
}

/** Runs every stop; one that fails does not keep the others from running. */
async function stopAll(console: Console, stops: Stop[]): Promise<void> {
  await console.step("stopping", async () => {
    for (const stop of stops.splice(0).reverse()) await stop().catch((error: unknown) => console.say(String(error)));
  });
}

/**
 * The first signal stops everything in order; a second one while that runs is ignored, since children end within their
 * grace. What nobody caught stops everything too, so that no process is left behind.
 */
function endOnSignal(console: Console, stops: Stop[]): End {
  let ending = false;
  const end: End = (words, exitCode) => {
    if (ending) return;
    ending = true;
    console.say(words);
    void stopAll(console, stops).then(() => process.exit(exitCode));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => end("", 0));
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      end(`\nIsthmus cannot go on and stops: ${error instanceof Error ? error.message : String(error)}`, 1);
    });
  }
  return end;
}

await main();
