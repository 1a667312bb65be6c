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
    {
      name: "a Goldmane that is not there",
      cause: behind("connect ECONNREFUSED 10.0.0.1:7443", "ECONNREFUSED"),
      says: /does not answer \(connect ECONNREFUSED .*\); see that it is installed/,
    },
    {
      name: "a name that nobody has",
      cause: behind("getaddrinfo ENOTFOUND goldmane.calico-system.svc", "ENOTFOUND"),
      says: /does not answer \(getaddrinfo .*\); see that it is installed/,
    },
    { name: "what is not about either", cause: behind("the stream broke", "ERR_OTHER"), says: /the stream broke$/ },
  ])("explains $name", ({ cause, says }) => {
    expect(goldmaneProblem(cause, { answered: false })).toMatch(says);
  });

  it("does not suspect a certificate that was accepted before", () => {
    expect(goldmaneProblem(behind("read ECONNRESET", "ECONNRESET"), { answered: true })).toBe(
      "[internal] read ECONNRESET",
    );
  });
});
