import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Demo } from "./demo";

/** Runs the demo's kubectl as the administrator of a sandbox cluster; resolves to what it printed. */
export function kubectl(
  { home }: Pick<Demo, "home">,
  cluster: string,
  { args, stdin = "" }: { readonly args: readonly string[]; readonly stdin?: string },
): Promise<string> {
  const kubeconfig = join(home, "sandbox", cluster, "kubeconfig");
  return new Promise((done, fail) => {
    const child = execFile(
      join(home, "tools/kubectl"),
      ["--kubeconfig", kubeconfig, ...args],
      (error, stdout, stderr) =>
        error === null ? done(stdout) : fail(new Error(stderr || "kubectl failed without words", { cause: error })),
    );
    child.stdin?.end(stdin);
  });
}
