import { describe, expect, it } from "vitest";
import { parseAccessFile } from "./parse";

const provider = `providers:
  - name: Company
    organisation: Acme
    issuer: https://id.example.org
    clientId: isthmus
    clientSecretFile: /run/secrets/oidc
    joinRule: groups
`;

describe("an access file", () => {
  it("is read with defaults, and knows the lines of its entries", () => {
    const read = parseAccessFile(
      `${provider}bindings:\n  - organisation: Acme\n    provider: Company\n    group: sre\n    role: viewer\n    clusters: { selector: "env == 'prod'" }\n`,
    );
    expect(read.ok && read.value).toMatchObject({
      providers: [
        { line: 2, name: "Company", joinRule: "groups", scopes: ["openid", "profile", "email"], enabled: true },
      ],
      bindings: [{ line: 9, role: "viewer", clusters: { selector: "env == 'prod'" }, namespaces: "all", tiers: "all" }],
    });
  });

  it("may be empty", () => {
    for (const text of ["", "# nothing yet\n", "{}"]) {
      expect(parseAccessFile(text)).toEqual({ ok: true, value: { providers: [], bindings: [] } });
    }
  });

  const binding = (more: string) => `bindings:\n  - provider: Company\n    group: sre\n    role: viewer\n    ${more}\n`;
  const rows = [
    { name: "text that is no YAML", text: "providers: [\n  {a: 1}", line: 2, says: /./ },
    { name: "a key that is there twice", text: `${provider}    joinRule: anyone\n`, line: 8, says: /unique/ },
    { name: "a misspelt key", text: `${provider}    groupClaim: x\n`, line: 2, says: /`groupClaim` is not known/ },
    {
      name: "a missing issuer",
      text: "providers:\n  - name: A\n    clientId: b\n",
      line: 2,
      says: /`providers.issuer` is missing/,
    },
    { name: "another rule", text: provider.replace("groups", "everybody"), line: 7, says: /`providers.joinRule`: / },
    {
      name: "a domain with an @",
      text: `${provider}    domains: [a.example, "@b.example"]\n`,
      line: 8,
      says: /after the @/,
    },
    {
      name: "a selector that is none",
      text: binding("clusters: { selector: \"env = 'a'\" }"),
      line: 5,
      says: /selector/,
    },
    { name: "namespaces that are a text", text: binding("namespaces: shop"), line: 5, says: /`all` or a list/ },
    { name: "a list at the top", text: "- a\n", line: 1, says: /object/ },
  ];
  it.each(rows)("says the line of $name", ({ text, line, says }) => {
    const read = parseAccessFile(text);
    expect(read.ok).toBe(false);
    const [first] = read.ok ? [] : read.error;
    expect(first).toMatchObject({ line, message: expect.stringMatching(says) as string });
  });
});
