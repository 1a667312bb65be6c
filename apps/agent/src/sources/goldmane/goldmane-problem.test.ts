import { describe, expect, it } from "vitest";
import { goldmaneProblem } from "./goldmane-problem";

const behind = (message: string, code: string): Error =>
  new Error(`[internal] ${message}`, { cause: Object.assign(new Error(message), { code }) });

describe("goldmaneProblem", () => {
  it.each([
    {
      name: "another authority",
      cause: behind("self-signed certificate in certificate chain", "SELF_SIGNED_CERT_IN_CHAIN"),
      says: /not of the authority that we were given \(self-signed .*\); check the ConfigMap/,
    },
    {
      name: "another name",
      cause: behind("Hostname/IP does not match", "ERR_TLS_CERT_ALTNAME_INVALID"),
      says: /for another name .* check --goldmane-server-name/,
    },
    {
      name: "an alert about our certificate",
      cause: behind("tlsv1 alert unknown ca", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"),
      says: /refuses our client certificate \(tlsv1 alert unknown ca\); check the client pair/,
    },
    {
      name: "a connection closed before anything came",
      cause: new Error("[canceled] http/2 stream closed with error code CANCEL (0x8)"),
      says: /hung up before it answered.*client certificate/,
    },
    { name: "what is not about certificates", cause: behind("connect ECONNREFUSED", "ECONNREFUSED"), says: /REFUSED$/ },
  ])("explains $name", ({ cause, says }) => {
    expect(goldmaneProblem(cause, { answered: false })).toMatch(says);
  });

  it("does not suspect a certificate that was accepted before", () => {
    expect(goldmaneProblem(behind("read ECONNRESET", "ECONNRESET"), { answered: true })).toBe(
      "[internal] read ECONNRESET",
    );
  });
});
