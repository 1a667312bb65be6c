import { chmodSync, mkdtempSync, renameSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { signedInApi } from "./support/api";
import { newHome, removeHome, startDemo, type Demo } from "./support/demo";
import { eventually } from "./support/eventually";
import { childPids, isRunning, postgresPid } from "./support/processes";

const PORT = 9800;
const home = newHome();
const homes = [home];
let running: Demo | undefined;

const start = () => startDemo({ home, port: PORT, mode: "start" });
const failureOf = (attempt: Promise<Demo>): Promise<string> =>
  attempt.then(
    async (demo) => {
      await demo.stop();
      return "it started";
    },
    (error: unknown) => (error instanceof Error ? error.message : "no error"),
  );

afterAll(async () => {
  await running?.stop();
  homes.forEach(removeHome);
});

describe("npm start", () => {
  it("starts without sandbox clusters and keeps its password for the next start", async () => {
    running = await start();
    const { password } = running;
    expect(Object.keys(childPids(home)).sort()).toEqual(["clickhouse", "gateway 1", "gateway 2", "web"]);
    await signedInApi(running);
    expect(await running.stop()).toBe(0);
    running = await start();
    expect(running.password).toBe(password);
    await signedInApi(running);
  });

  it("refuses a second start from the same state folder and names the first", async () => {
    expect(await failureOf(start())).toContain(`already runs from ${home} as process ${running?.process.pid}`);
  });

  it("repairs itself after kill -9 of the supervisor, and leaves none of the old processes", async () => {
    const before = [...Object.values(childPids(home)), postgresPid(home)];
    running?.process.kill("SIGKILL");
    await eventually("the supervisor is gone", async () => (isRunning(running?.process.pid ?? 0) ? undefined : true));
    running = await start();
    await signedInApi(running);
    expect(before.filter((pid) => isRunning(pid) && pid !== postgresPid(home))).toEqual([]);
    expect(await running.stop()).toBe(0);
    running = undefined;
  });

  it("says why and leaves no process when its state folder is no longer there", async () => {
    running = await start();
    const demo = running;
    const children = childPids(home);
    const pids = [...Object.values(children), postgresPid(home)];
    renameSync(join(home, "run"), join(home, "run-away"));
    process.kill(children["web"] ?? 0, "SIGKILL");
    const code = await eventually("the supervisor has ended", async () => demo.process.exitCode ?? undefined);
    renameSync(join(home, "run-away"), join(home, "run"));
    running = undefined;
    expect(code).toBe(1);
    expect(demo.output()).toContain(`its state folder ${home} is no longer there`);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it("names a taken port and its cure", async () => {
    const server = createServer().listen(PORT + 1, "127.0.0.1");
    try {
      const words = await failureOf(start());
      expect(words).toContain(`port ${PORT + 1} (first gateway) is taken`);
      expect(words).toContain(`ISTHMUS_PORT=${PORT + 1000}`);
    } finally {
      server.close();
    }
  });

  it.runIf(process.getuid?.() === 0)(
    "names a state folder that Postgres' user cannot enter, and its cure",
    async () => {
      const closed = mkdtempSync(join(tmpdir(), "isthmus-closed-"));
      homes.push(closed);
      chmodSync(closed, 0o700);
      const words = await failureOf(startDemo({ home: join(closed, "state"), port: PORT, mode: "start" }));
      expect(words).toContain(`cannot enter ${closed}`);
      expect(words).toContain("ISTHMUS_HOME=");
    },
  );
});
