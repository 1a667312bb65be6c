import type { AuditRow, DnsRow, FlowEnd, L7Row } from "../src/index";

let nextHash = 1n;

/** Questions of a client for a service's name, answered. */
export function dns(client: FlowEnd, server: FlowEnd, changes: Partial<DnsRow> = {}): DnsRow {
  return {
    keyHash: nextHash++,
    client,
    clientAddress: "10.1.0.7",
    server,
    serverAddress: "10.96.0.10",
    question: "payment.boutique.svc.cluster.local",
    questionType: "A",
    questionClass: "IN",
    responseCode: "NoError",
    answers: [{ name: "payment.boutique.svc.cluster.local", type: "A", class: "IN", data: "10.96.3.4" }],
    count: 5,
    latencyCount: 5,
    latencyMeanNs: 250_000,
    latencyMaxNs: 900_000,
    ...changes,
  };
}

/** Requests of a caller, seen at its end. */
export function l7(source: FlowEnd, dest: FlowEnd, changes: Partial<L7Row> = {}): L7Row {
  return {
    keyHash: nextHash++,
    source,
    dest,
    destPort: 8080,
    service: { namespace: dest.namespace, name: `svc-${dest.namespace}`, portName: "http", port: 80 },
    reporter: "source",
    protocol: "http",
    protocolVersion: "1.1",
    method: "GET",
    url: "/cart",
    responseCode: 200,
    userAgent: "checkout/1",
    requestType: "html",
    collectorType: "ebpf",
    collectorName: "ebpf-tcp",
    tlsSni: "",
    tlsVersion: "",
    tlsCipherSuite: "",
    count: 9,
    bytesIn: 900,
    bytesOut: 9_000,
    durationMeanUs: 1_200,
    durationMaxUs: 7_000,
    ...changes,
  };
}

/** Somebody's change of a policy of a namespace. */
export function audit(namespace: string, changes: Partial<AuditRow> = {}): AuditRow {
  return {
    keyHash: nextHash++,
    auditId: "6a1c7e2e-0000-4000-8000-000000000001",
    stage: "ResponseComplete",
    level: "RequestResponse",
    atMs: 1_700_000_000_123,
    verb: "update",
    user: "jane@example.org",
    groups: ["system:authenticated"],
    sourceAddresses: ["192.0.2.7"],
    userAgent: "kubectl/v1.34",
    object: {
      apiGroup: "projectcalico.org",
      apiVersion: "v3",
      resource: "networkpolicies",
      subresource: "",
      namespace,
      name: `allow-${namespace}`,
      uid: "0b0c",
    },
    responseCode: 200,
    event: JSON.stringify({ kind: "Event", verb: "update" }),
    ...changes,
  };
}
