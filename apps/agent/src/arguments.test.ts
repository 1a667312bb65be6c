import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments";

const enough = ["--gateway=wss://a:1,ws://b:2/x", "--pin=SHA256:k1,SHA256:k2"];

describe("parseArguments", () => {
  it("reads lists, names, sizes and durations", () => {
    const parsed = parseArguments([
      ...enough,
      "--identity-secret=ns/me",
      "--goldmane-tls-secret=calico-system/pair",
      "--goldmane-ca-configmap=calico-system/bundle",
      "--lease=ns/mine",
      "--lease-duration=30s",
      "--spool-max-bytes=256Mi",
      "--spool-max-age=90m",
      "--listen=[::]:0",
    ]);
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        gateways: ["wss://a:1", "ws://b:2/x"],
        pins: ["SHA256:k1", "SHA256:k2"],
        identitySecret: { namespace: "ns", name: "me" },
        goldmaneTlsSecret: { namespace: "calico-system", name: "pair" },
        goldmaneCa: { kind: "ConfigMap", namespace: "calico-system", name: "bundle" },
        lease: { namespace: "ns", name: "mine" },
        leaseDurationMs: 30_000,
        spoolMaxBytes: 256 * 1024 * 1024,
        spoolMaxAgeMs: 5_400_000,
        listen: { host: "::", port: 0 },
      },
    });
  });

  it("takes the manifest's own defaults", () => {
    expect(parseArguments(enough)).toMatchObject({ ok: true, value: { goldmane: "goldmane.calico-system.svc:7443" } });
  });

  it.each([
    { name: "nothing", args: [], says: ["--gateway is missing", "--pin is missing"] },
    { name: "an address of another kind", args: ["--gateway=https://a", "--pin=k"], says: ["`https://a` is not a ws"] },
    { name: "a name without a namespace", args: [...enough, "--goldmane-tls-secret=pair"], says: ["namespace/name"] },
    { name: "a lease that nobody could renew in time", args: [...enough, "--lease-duration=2s"], says: ["5s or more"] },
    { name: "a size that is none", args: [...enough, "--spool-max-bytes=lots"], says: ["--spool-max-bytes"] },
    { name: "a duration that is none", args: [...enough, "--spool-max-age=1 day"], says: ["--spool-max-age"] },
    { name: "a port that is none", args: [...enough, "--listen=:99999"], says: ["--listen"] },
    { name: "an argument that does not exist", args: [...enough, "--frobnicate"], says: ["--frobnicate"] },
  ])("refuses $name", ({ args, says }) => {
    const parsed = parseArguments(args);
    const problems = parsed.ok ? [] : parsed.error;
    expect(problems).toHaveLength(says.length);
    for (const [index, text] of says.entries()) expect(problems[index]).toContain(text);
  });
});
