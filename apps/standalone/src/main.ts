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
  onStopSignal(console, stops);
  try {
    const stack = await start(config, console, stops);
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

async function start(config: StandaloneConfig, console: Console, stops: Stop[]): Promise<Stack> {
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
  const pids = openPidFile(folder.run);
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

async function stopAll(console: Console, stops: Stop[]): Promise<void> {
  await console.step("stopping", async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
}

/** The first signal stops everything in order; a second one while that runs is ignored, since children end within their grace. */
function onStopSignal(console: Console, stops: Stop[]): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    console.say("");
    void stopAll(console, stops).then(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
}

await main();
