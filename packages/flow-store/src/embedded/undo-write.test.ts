import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noteTableFolders } from "./table-folders";
import { undoWrite } from "./undo-write";
import { leftNote, writeNoteIn } from "./write-note";

let data: string;
const FLOW = "store/aaa/flow";
const DATABASE = "store/ddd/isthmus";

const put = (file: string, content = "content") => {
  mkdirSync(dirname(join(data, file)), { recursive: true });
  writeFileSync(join(data, file), content);
};
const parts = (...names: readonly string[]) => names.forEach((name) => put(`${FLOW}/${name}/data.bin`));
const textOf = (file: string) => readFileSync(join(data, file), "utf8");
const names = (folder: string) => readdirSync(join(data, folder)).toSorted();
const isDefinedBefore = { withDefinitions: true };

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "isthmus-undo-"));
  put("status", "PID: 1\nStarted at: noon\n");
  put("metadata/isthmus.sql", "ATTACH DATABASE");
  put(`${DATABASE}/flow.sql`, "ATTACH TABLE flow");
  put(`${DATABASE}/view.sql`, "ATTACH VIEW view");
  put(`${FLOW}/format_version.txt`, "1");
  put(`${FLOW}/mutation_2.txt`, "of before");
  put(`${FLOW}/deduplication_logs/log_1.txt`, "1\t20260101_1_1_0\ta\n1\t20260101_3_3_0\tb\n");
  parts("20260101_1_1_0", "20260101_3_3_0");
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

describe("undoing a write", () => {
  it("leaves what was there, and what was made of it since", () => {
    const before = noteTableFolders(data, isDefinedBefore);
    parts("20260101_1_3_1", "20260101_1_3_1_5");
    rmSync(join(data, FLOW, "20260101_1_1_0"), { recursive: true });
    expect(undoWrite(data, before)).toEqual([]);
    expect(names(FLOW)).toContain("20260101_1_3_1_5");
  });

  it("takes an insert away, its tokens with it, and what it was merged into", () => {
    const before = noteTableFolders(data, { withDefinitions: false });
    parts("20260101_4_4_0", "20260102_5_5_0", "20260101_1_4_1", "tmp_insert_20260101_6_6_0");
    const log = textOf(`${FLOW}/deduplication_logs/log_1.txt`);
    put(`${FLOW}/deduplication_logs/log_1.txt`, `${log}1\t20260101_4_4_0\tc\n1\t2026`);
    expect(undoWrite(data, before)).toHaveLength(3);
    expect(names(FLOW).filter((name) => name.startsWith("2026"))).toEqual(["20260101_1_1_0", "20260101_3_3_0"]);
    expect(names(`${FLOW}/detached`)).toEqual(["cut-off_20260101_1_4_1"]);
    expect(textOf(`${FLOW}/deduplication_logs/log_1.txt`)).toBe(log);
    expect(undoWrite(data, before)).toEqual([]);
  });

  it("keeps a merge that took an insert in where nothing is left of what it was made from", () => {
    const before = noteTableFolders(data, { withDefinitions: false });
    parts("20260101_1_4_1");
    for (const name of before.entries.get(FLOW) ?? []) {
      if (name.startsWith("2026")) rmSync(join(data, FLOW, name), { recursive: true });
    }
    expect(undoWrite(data, before)).toEqual([]);
    expect(names(FLOW)).toContain("20260101_1_4_1");
  });

  it("takes away mutations and definitions, and gives those that were changed back", () => {
    const before = noteTableFolders(data, isDefinedBefore);
    put(`${FLOW}/mutation_7.txt`, "cut o");
    put("metadata/other.sql", "ATT");
    put(`${DATABASE}/flow.sql`, "ATTACH TAB");
    put(`${DATABASE}/more.sql`, "");
    put("store/eee/more/format_version.txt");
    rmSync(join(data, DATABASE, "view.sql"));
    expect(undoWrite(data, before).toSorted()).toEqual([
      "metadata: other.sql is not made",
      `${FLOW}: mutation_7.txt is not made`,
      `${DATABASE}/flow.sql is what it was`,
      `${DATABASE}: more.sql is not made`,
    ]);
    expect(textOf(`${DATABASE}/flow.sql`)).toBe("ATTACH TABLE flow");
    expect(names(DATABASE)).toEqual(["flow.sql"]);
    expect(names("metadata")).toEqual(["isthmus.sql"]);
    expect(names(FLOW)).toContain("mutation_2.txt");
  });
});

describe("the note of a write", () => {
  it("is found as it was kept by the next process, and by nobody once it is forgotten", () => {
    const before = noteTableFolders(data, isDefinedBefore);
    const note = writeNoteIn(data);
    note.keep(before);
    expect(leftNote(data)).toEqual(before);
    note.forget();
    expect(leftNote(data)).toBeUndefined();
    expect(existsSync(join(data, "replacing.isthmus"))).toBe(false);
  });

  it("says nothing once another engine was started", () => {
    writeNoteIn(data).keep(noteTableFolders(data, isDefinedBefore));
    put("status", "PID: 1\nStarted at: one o'clock\n");
    expect(leftNote(data)).toBeUndefined();
  });

  it("says nothing where a machine that died cut it off", () => {
    writeNoteIn(data).keep(noteTableFolders(data, isDefinedBefore));
    put("write-under-way.json", textOf("write-under-way.json").slice(0, 40));
    expect(leftNote(data)).toBeUndefined();
  });
});
