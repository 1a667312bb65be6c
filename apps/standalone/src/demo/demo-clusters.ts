/** Labels that an operator gives the demo's clusters when connecting them: policies and the scope choose by them. */
export const demoClusters: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "eu-west": { region: "eu-west-1", jurisdiction: "EU", env: "demo" },
  "eu-central": { region: "eu-central-1", jurisdiction: "EU", env: "demo" },
  "us-east": { region: "us-east-1", jurisdiction: "US", env: "demo" },
};

/** Namespaces whose identities the demo publishes from a cluster into the others. */
export const demoNamespaces: Readonly<Record<string, readonly string[]>> = {
  "eu-west": ["boutique"],
  "eu-central": ["payments", "ads"],
  "us-east": ["boutique"],
};
