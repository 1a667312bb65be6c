import { describe, expect, it } from "vitest";
import { endStatement, nativeInsertStatement } from "../native-insert";
import { literal, readBlockInsert, readEnd, readRowInsert, readSql } from "./sql-text";

describe("readSql", () => {
  const reading = [
    { sql: "select 1", reads: true },
    { sql: "  -- why\n WITH x AS (SELECT 1) SELECT * FROM x", reads: true },
    { sql: "((SELECT 1))", reads: true },
    { sql: "EXPLAIN SELECT 1", reads: true },
    { sql: "SHOW TABLES", reads: true },
    { sql: "INSERT INTO t SELECT 1", reads: false },
    { sql: "/* SELECT */ DROP TABLE t", reads: false },
    { sql: "selection", reads: false },
  ];
  it.each(reading)("$sql reads: $reads", ({ sql, reads }) => {
    expect(readSql(sql).reads).toBe(reads);
  });

  it("finds placeholders, but not in quotes and comments", () => {
    const { placeholders } = readSql("SELECT {a:String}, { b : Array(UInt8) }, '{c:String}', `{d:X}` -- {e:String}");
    expect([...placeholders]).toEqual(["a", "b"]);
  });

  it("takes final semicolons off", () => {
    expect(readSql("SELECT 1 ;; \n").statement).toBe("SELECT 1");
  });
});

describe("readRowInsert", () => {
  it("reads a table, its columns and a format", () => {
    expect(readRowInsert("INSERT INTO d.t (a, b) FORMAT JSONCompactEachRow")).toEqual({
      table: "d.t",
      columns: ["a", "b"],
      format: "JSONCompactEachRow",
    });
    expect(readRowInsert("insert into t format JSONEachRow")?.columns).toBeUndefined();
  });

  it.each([
    "INSERT INTO t SELECT 1",
    "INSERT INTO t FORMAT JSONEachRow SETTINGS x = 1",
    "INSERT INTO `a b` FORMAT JSON",
  ])("is not one: %s", (sql) => expect(readRowInsert(sql)).toBeUndefined());

  it("refuses other formats", () => {
    expect(() => readRowInsert("INSERT INTO t FORMAT TSV")).toThrow("JSONCompactEachRow");
  });
});

describe("literal", () => {
  it.each([
    { text: "it's", sql: "'it\\'s'" },
    { text: "a\\", sql: "'a\\\\'" },
    { text: "\0", sql: "'\\0'" },
  ])("$sql", ({ text, sql }) => expect(literal(text)).toBe(sql));
});

describe("readBlockInsert", () => {
  const statement = nativeInsertStatement("d.t", [
    { name: "a", type: "UInt8" },
    { name: "b", type: "Enum8('x' = 1, 'it\\'s' = 2)" },
  ]);

  it("takes the statement that this package sends apart around the block", () => {
    expect(readBlockInsert(statement)).toEqual({
      before: "INSERT INTO d.t (a, b) SELECT a, b FROM ",
      structure: String.raw`'a UInt8, b Enum8(\'x\' = 1, \'it\\\'s\' = 2)'`,
      after:
        " WHERE throwIf(now64(3) >= fromUnixTimestamp64Milli({deadline:Int64}, 'UTC'), " +
        "'the insert came after its deadline') = 0",
    });
    expect([...readSql(statement).placeholders]).toEqual(["deadline"]);
  });

  it.each([
    { name: "another table function", change: ["FROM input(", "FROM url("] },
    { name: "a second argument", change: [") WHERE", ", 'x') WHERE"] },
    { name: "a quote that ends early", change: ["UInt8", "UInt8') FROM file('/etc/passwd"] },
    { name: "no deadline", change: ["throwIf", "identity"] },
    { name: "an expression", change: ["SELECT a, b", "SELECT a, sleep(b)"] },
    { name: "another format", change: ["FORMAT Native", "FORMAT Values"] },
    { name: "settings", change: ["FORMAT Native", "SETTINGS max_threads = 1 FORMAT Native"] },
    { name: "a second statement", change: ["FORMAT Native", "FORMAT Native; DROP TABLE t"] },
  ])("is not one with $name", ({ change: [from = "", to = ""] }) => {
    expect(statement).toContain(from);
    expect(readBlockInsert(statement.replace(from, to))).toBeUndefined();
  });
});

describe("readEnd", () => {
  it("reads which statements are to end", () => {
    expect(readEnd(endStatement("in-sert_1", undefined))).toBe("in-sert_1");
    expect(endStatement("a", "main")).toBe(
      "KILL QUERY ON CLUSTER `main` WHERE query_id = 'a' OR initial_query_id = 'a' SYNC",
    );
    expect(() => endStatement("a' OR 1 --", undefined)).toThrow(RangeError);
  });

  it.each(["KILL QUERY WHERE 1 SYNC", "KILL QUERY WHERE query_id = 'a' ASYNC", endStatement("a", "main")])(
    "is not one: %s",
    (sql) => expect(readEnd(sql)).toBeUndefined(),
  );
});
