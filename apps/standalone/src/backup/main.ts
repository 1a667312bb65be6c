import { existsSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../config";
import { createConsole } from "../console";
import { openStateFolder } from "../stack/state-folder";
import { readCommand } from "./arguments";
import { backUp } from "./back-up";
import { restore } from "./restore";

// `npm run backup` and `npm run restore`: copies the embedded installation, and makes one from a copy.
const console = createConsole(process.stdout);

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2));
  const config = readConfig(["start"], process.env);
  if (command.kind === "backup") {
    // Asked before the state folder is opened, which makes what is missing.
    if (!existsSync(join(config.home, "postgres"))) throw new Error(`there is nothing to back up in ${config.home}`);
    console.say(`Backing up ${config.home} to ${command.to}`);
    const { keys } = await backUp({ ...command, config, console, folder: openStateFolder(config.home) });
    console.say(
      keys.length > 0
        ? "It holds passwords and keys: whoever has it can be your Isthmus. Encrypt it where you keep it."
        : `It holds no keys: keep a copy of ${config.home}/secrets somewhere else, without it there is no restore.`,
    );
    return;
  }
  console.say(`Restoring ${command.from} to ${config.home}`);
  const { madeAt } = await restore({ ...command, config, console });
  console.say(`Everything is as of ${madeAt}. Start it with the same ISTHMUS_HOME: ${config.home}`);
  console.say("What to check then is in docs/operate/backup.md: sessions and tokens that were revoked since are back.");
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!("code" in error) || error.code !== "ENOSPC") return error.message;
  return `no space is left where it was written to; nothing was kept of it. Make room, or name another place (${error.message})`;
}

try {
  await main();
} catch (error) {
  console.say(wordsOf(error));
  process.exitCode = 1;
}
