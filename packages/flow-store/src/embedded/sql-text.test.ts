import { describe, expect, it } from "vitest";
import { literal, readRowInsert, readSql } from "./sql-text";

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
