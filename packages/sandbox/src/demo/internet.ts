import { parseIpv4 } from "../dataplane/address";
import type { Internet } from "../traffic/internet";

function address(text: string): number {
  const parsed = parseIpv4(text);
  if (parsed === undefined) throw new Error(`${text} is no address`);
  return parsed;
}

/** What the demo's applications find outside the mesh: names and addresses that are reserved for documentation. */
export const demoInternet: Internet = {
  hosts: [
    { name: "api.payments.example", address: address("198.51.100.20"), port: 443, reliability: 0.995 },
    { name: "smtp.mail.example", address: address("198.51.100.45"), port: 587, reliability: 0.99 },
    { name: "api.carrier.example", address: address("203.0.113.60"), port: 443, reliability: 0.96 },
  ],
  clientNetworks: [address("192.0.2.0"), address("203.0.113.0")],
};
