import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Demo } from "./demo";

/** What kubectl is told. */
export interface KubectlCall {
  readonly args: readonly string[];
  readonly stdin?: string;
}

/** The administrator's kubeconfig of one of the demo's clusters. */
export const kubeconfigOf = ({ home }: Pick<Demo, "home">, cluster: string): string =>
  join(home, "sandbox", cluster, "kubeconfig");

/** Runs the demo's kubectl as the administrator of a sandbox cluster; resolves to what it printed. */
export const kubectl = (demo: Pick<Demo, "home">, cluster: string, call: KubectlCall): Promise<string> =>
  kubectlWith(demo, kubeconfigOf(demo, cluster), call);

/** Runs the demo's kubectl with any kubeconfig. */
export function kubectlWith(
  { home }: Pick<Demo, "home">,
  kubeconfig: string,
  { args, stdin = "" }: KubectlCall,
): Promise<string> {
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

/** An object as kubectl shows it; `of` as after `kubectl get`. */
export async function readObject<T>(demo: Pick<Demo, "home">, cluster: string, of: readonly string[]): Promise<T> {
  return JSON.parse(await kubectl(demo, cluster, { args: ["get", ...of, "-o", "json"] })) as T;
}
