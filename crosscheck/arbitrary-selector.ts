import fc from "fast-check";

const leaf = fc.constantFrom(
  "app == 'a'",
  "app == 'b'",
  "app != 'a'",
  "has(app)",
  "has(extra)",
  "!has(extra)",
  "app in {'a', 'c'}",
  "app not in {'a', 'b'}",
  "app starts with 'a'",
  "app ends with 'b'",
  "app contains 'b'",
  "set == 'corp'",
  "has(set)",
  "isthmus.io/peer-1 == '1'",
  "all()",
  "!all()",
  "projectcalico.org/namespace == 'shop'",
  "has(projectcalico.org/namespace)",
  "projectcalico.org/serviceaccount == 'one'",
  "projectcalico.org/orchestrator == 'k8s'",
  "pcns.team == 'web'",
  "pcsa.role == 'x'",
);

/** A selector over endpoints and network sets. */
export const selector = fc.oneof(
  { withCrossShrink: true },
  { weight: 4, arbitrary: leaf },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `${a} && ${b}`) },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `${a} || ${b}`) },
  { weight: 1, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => `!(${a} && ${b})`) },
);

/** A namespaceSelector at an end of a rule. */
export const peerNamespaces = fc.constantFrom(
  "team == 'web'",
  "team != 'web'",
  "has(team)",
  "!has(team)",
  "all()",
  "!all()",
  "global()",
  "global()",
  "team == 'web' || all()",
  "projectcalico.org/name == 'shop'",
  "projectcalico.org/name not in {'ops'}",
);

/** A namespaceSelector of a global policy. */
export const policyNamespaces = fc.constantFrom("team == 'web'", "!has(team)", "all()", "has(team) && all()");

/** A selector over service accounts. */
export const accountSelector = fc.constantFrom(
  "role == 'x'",
  "!has(role)",
  "all()",
  "projectcalico.org/name == 'one'",
  "has(projectcalico.org/name)",
);

/** A selector of Kubernetes over labels of `app`, `extra` or, of namespaces, `team`. */
export const labelSelector = (...keys: readonly string[]) =>
  fc.oneof(
    fc.constant({}),
    fc
      .constantFrom(...keys)
      .chain((key) =>
        fc.constantFrom<Readonly<Record<string, unknown>>>(
          { matchLabels: { [key]: "a" } },
          { matchLabels: { [key]: "web" } },
          { matchExpressions: [{ key, operator: "In", values: ["a", "c"] }] },
          { matchExpressions: [{ key, operator: "NotIn", values: ["a", "web"] }] },
          { matchExpressions: [{ key, operator: "Exists" }] },
          { matchExpressions: [{ key, operator: "DoesNotExist" }] },
        ),
      ),
  );
