import { createServer } from "node:net";

/** Loopback ports of the embedded stack, each a fixed offset of the web app's. */
export interface Ports {
  readonly web: number;
  readonly gateways: readonly [number, number];
  readonly postgres: number;
  readonly clickhouse: number;
  readonly sandboxControl: number;
  /** Where the agents' processes enter the sandbox's pod network. */
  readonly sandboxPods: number;
  /** First of the sandbox's ports: two for each cluster. */
  readonly sandboxBase: number;
}

/** Number of clusters in the demo; each takes two ports from `sandboxBase`. */
const DEMO_CLUSTERS = 3;

/** The ports that belong to a web port. */
export const portsFor = (web: number): Ports => ({
  web,
  gateways: [web + 1, web + 2],
  postgres: web + 10,
  clickhouse: web + 20,
  sandboxPods: web + 28,
  sandboxControl: web + 29,
  sandboxBase: web + 30,
});

/**
 * Every port with the name of what listens there, but Postgres': a server of ours that a killed run left behind may still
 * hold it, and the embedded Postgres ends that first and then names a stranger itself.
 */
export function namedPorts(
  ports: Ports,
  withSandbox: boolean,
): readonly { readonly name: string; readonly port: number }[] {
  const sandbox = Array.from({ length: DEMO_CLUSTERS * 2 }, (_, i) => ({
    name: `sandbox cluster ${Math.floor(i / 2) + 1}`,
    port: ports.sandboxBase + i,
  }));
  return [
    { name: "web app", port: ports.web },
    { name: "first gateway", port: ports.gateways[0] },
    { name: "second gateway", port: ports.gateways[1] },
    { name: "ClickHouse engine", port: ports.clickhouse },
    ...(withSandbox
      ? [
          { name: "sandbox control", port: ports.sandboxControl },
          { name: "sandbox pod network", port: ports.sandboxPods },
          ...sandbox,
        ]
      : []),
  ];
}

/** Resolves whether a loopback port can be listened on now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Names each taken port with its cure; empty when all are free. */
export async function findTakenPorts(ports: Ports, withSandbox: boolean): Promise<readonly string[]> {
  const named = namedPorts(ports, withSandbox);
  const free = await Promise.all(named.map(({ port }) => isPortFree(port)));
  const taken = named.filter((_, index) => free[index] !== true);
  return taken.map(
    ({ name, port }) =>
      `port ${port} (${name}) is taken: stop what listens there (\`ss -ltnp 'sport = :${port}'\` names it), ` +
      `or move all of Isthmus with ISTHMUS_PORT=${ports.web + 1000}`,
  );
}
