import fc from "fast-check";
import { allOf, anyOf, type Field, type Filter, type Term, type Value } from "../ast";
import { canonicalBlock } from "../block";
import { operatorsOf } from "../condition";
import { fieldNames, specOf, type FieldName } from "../fields";
import { printValue } from "../printer";

/** Texts of which random filters of names are made; a test may give those that occur in its rows. */
export interface Vocabulary {
  readonly names: fc.Arbitrary<string>;
  readonly keys: fc.Arbitrary<string>;
  readonly patterns: fc.Arbitrary<string>;
  readonly fields?: readonly FieldName[];
}

const anyName = fc.oneof(
  fc.stringMatching(/^[a-z0-9][a-z0-9.*/-]{0,12}$/),
  fc.string({ minLength: 1, maxLength: 12 }),
  fc.constantFrom("and", "or", "not", "in", "has", "source.label.", '"', "\\", "(", "80-90"),
);

/** Words of all kinds, also those that need quotes. */
export const anyWords: Vocabulary = {
  names: anyName,
  keys: fc.constantFrom("app", "app.kubernetes.io/name", "a", "example.com/b_c", "in", "and"),
  patterns: fc.constantFrom("^pci[.]", "a|b", "\\d+", 'say "hi"', "\\\\", "(?i)x{2,3}", "[^a-c]+$", "\\.", 'a\\\\"'),
};

const octet = fc.integer({ min: 0, max: 255 });
const blockText = fc.oneof(
  fc
    .tuple(octet, octet, octet, octet, fc.integer({ min: 0, max: 32 }))
    .map(([a, b, c, d, p]) => `${a}.${b}.${c}.${d}/${p}`),
  fc
    .tuple(
      fc.array(fc.constantFrom("0", "1", "fd00", "ffff"), { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 128 }),
    )
    .map(([groups, prefix]) => `${groups.join(":")}/${prefix}`),
);
const block: fc.Arbitrary<Value> = blockText.map((text) => ({ kind: "block", block: canonicalBlock(text) ?? "" }));
const amounts = fc.oneof(
  fc.constantFrom(0, 1, 999, 1_000, 1_024, 1_500, 3_000, 1_048_576, 1_024_000, 2 ** 50, Number.MAX_SAFE_INTEGER),
  fc.nat(),
);
const ports: fc.Arbitrary<Value> = fc
  .tuple(fc.constantFrom(0, 80, 443, 8080, 65_535), fc.constantFrom(0, 80, 443, 8999, 65_535), fc.boolean())
  .map(([a, b, isOne]) => ({ kind: "ports", from: isOne ? a : Math.min(a, b), to: isOne ? a : Math.max(a, b) }));

function valueOf({ name }: Field, { names }: Vocabulary): fc.Arbitrary<Value> {
  const { kind, choices } = specOf(name);
  if (choices !== undefined) return fc.constantFrom(...choices).map((text) => ({ kind: "text", text }));
  if (kind === "bytes" || kind === "count") return amounts.map((amount) => ({ kind: "amount", amount }));
  if (kind === "port") return ports;
  return kind === "address" ? block : names.map((text) => ({ kind: "text", text }));
}

function termOf(field: Field, vocabulary: Vocabulary): fc.Arbitrary<Term> {
  const spec = specOf(field.name);
  const operators = [...operatorsOf(spec), ...(spec.optional ? ["has"] : [])];
  const value = valueOf(field, vocabulary);
  return fc.constantFrom(...operators).chain((operator): fc.Arbitrary<Term> => {
    const term = (name: Term["operator"], values: readonly Value[]): Term => ({
      kind: "term",
      field,
      operator: name,
      values,
    });
    switch (operator) {
      case "has":
        return fc.constant(term(operator, []));
      case "~":
      case "!~":
        return vocabulary.patterns.map((pattern) => term(operator, [{ kind: "pattern", pattern }]));
      case "<":
      case "<=":
      case ">":
      case ">=":
        return value.map((each) => term(operator, [each.kind === "ports" ? { ...each, to: each.from } : each]));
      default:
        return fc
          .uniqueArray(value, { minLength: 1, maxLength: 3, selector: (each) => printValue(field, each) })
          .map((values) => term(operator === "=" || operator === "in" ? "in" : "not in", values));
    }
  });
}

/** Random filters in their one form, with at most a few dozen conditions. */
export function filters(vocabulary: Vocabulary = anyWords): fc.Arbitrary<Filter> {
  const field: fc.Arbitrary<Field> = fc
    .constantFrom(...(vocabulary.fields ?? fieldNames))
    .chain((name) => (specOf(name).keyed ? vocabulary.keys.map((key) => ({ name, key })) : fc.constant({ name })));
  const term = field.chain((each) => termOf(each, vocabulary));
  return fc.letrec<{ filter: Filter }>((tie) => {
    const parts = fc.array(tie("filter"), { minLength: 2, maxLength: 3 });
    return {
      filter: fc.oneof(
        { maxDepth: 4, depthSize: "small", withCrossShrink: true },
        term,
        parts.map(allOf),
        parts.map((each) => anyOf(each as [Filter, ...Filter[]])),
        tie("filter").map((of): Filter => ({ kind: "not", of })),
      ),
    };
  }).filter;
}
