import type { KeyMaterial } from "./key-material";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig with the administrator's client certificate. */
export function adminKubeconfig(cluster: string, apiUrl: string, { authority, admin }: KeyMaterial): string {
  const user = `${cluster}-admin`;
  const lines = [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `  - name: ${cluster}`,
    "    cluster:",
    `      server: ${apiUrl}`,
    `      certificate-authority-data: ${base64(authority.certificate)}`,
    "users:",
    `  - name: ${user}`,
    "    user:",
    `      client-certificate-data: ${base64(admin.certificate)}`,
    `      client-key-data: ${base64(admin.privateKey)}`,
    "contexts:",
    `  - name: ${cluster}`,
    "    context:",
    `      cluster: ${cluster}`,
    `      user: ${user}`,
    `current-context: ${cluster}`,
  ];
  return `${lines.join("\n")}\n`;
}
