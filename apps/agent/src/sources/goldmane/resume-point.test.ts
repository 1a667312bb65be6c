import { describe, expect, it } from "vitest";
import type { Cursor } from "../../spool/entry";
import { resumePoint } from "./resume-point";

const NOW = 1_700_010_000;
const OLDEST = NOW - 230 * 15;
const at = (incarnation: string, through: number): Cursor => ({ incarnation, through });

describe("resumePoint", () => {
  const rows: {
    name: string;
    started?: number;
    cursor?: Cursor;
    marks?: Cursor[];
    from: number;
    lost: string[];
  }[] = [
    { name: "first start: all that Goldmane remembers", from: OLDEST, lost: [] },
    { name: "first start after a young Goldmane", started: NOW - 600, from: NOW - 600, lost: [] },
    { name: "after the spool", cursor: at("g", NOW - 60), from: NOW - 60, lost: [] },
    { name: "after the gateway where the spool is gone", marks: [at("g", NOW - 90)], from: NOW - 90, lost: [] },
    {
      name: "after the newer of both",
      cursor: at("g", NOW - 90),
      marks: [at("g", NOW - 45)],
      from: NOW - 45,
      lost: [],
    },
    {
      name: "spool older than Goldmane's memory",
      cursor: at("g", OLDEST - 300),
      from: OLDEST,
      lost: [`g ${OLDEST - 300}..${OLDEST} source-history-exceeded`],
    },
    {
      name: "spool gone, and the gateway's mark older than Goldmane's memory",
      marks: [at("g", OLDEST - 300)],
      from: OLDEST,
      lost: [`g ${OLDEST - 300}..${OLDEST} spool-lost`],
    },
    {
      name: "Goldmane restarted: what the former one had not sent is lost",
      started: NOW - 300,
      cursor: at("f", NOW - 450),
      from: NOW - 300,
      lost: [`f ${NOW - 450}..${NOW - 300} source-restarted`],
    },
    {
      name: "Goldmane restarted, and the spool that had its evidence is gone",
      started: NOW - 300,
      marks: [at("f", NOW - 450)],
      from: NOW - 300,
      lost: [`f ${NOW - 450}..${NOW - 300} spool-lost`],
    },
    {
      name: "Goldmane restarted within a bucket, which is lost in part",
      started: NOW - 293,
      cursor: at("f", NOW - 450),
      from: NOW - 300,
      lost: [`f ${NOW - 450}..${NOW - 285} source-restarted`],
    },
    {
      name: "never before what was received, whatever another clock says",
      started: NOW - 300,
      cursor: at("f", NOW - 60),
      from: NOW - 60,
      lost: [],
    },
  ];
  it.each(rows)("$name", ({ started, cursor, marks, from, lost }) => {
    const point = resumePoint({ incarnation: { id: "g", startedAt: started }, cursor, marks: marks ?? [], now: NOW });
    expect(point.cursor).toMatchObject({ incarnation: "g", through: from });
    expect(point.lost.map((each) => `${each.incarnation} ${each.from}..${each.to} ${each.reason}`)).toEqual(lost);
  });

  describe("what was received lies in a time that has not come", () => {
    const DAY = 86_400;
    const ahead = (incarnation: string): Cursor => ({
      ...at(incarnation, NOW + DAY),
      reconciledThrough: NOW + DAY - 330,
    });
    const seam = (id: string, to = OLDEST): string => `${id} ${OLDEST - 15}..${to} clock-set-back`;
    const rows: {
      name: string;
      id?: string;
      started?: number;
      cursor?: Cursor;
      marks?: Cursor[];
      goldmaneNow?: number;
      from: number;
      saidThrough?: number;
      lost: string[];
    }[] = [
      {
        name: "of the same Goldmane: all that it remembers, and what comes of those times again as a whole",
        started: NOW - 2 * DAY,
        cursor: ahead("g"),
        from: OLDEST,
        saidThrough: NOW + DAY,
        lost: [seam("g")],
      },
      {
        name: "of one that was restarted since",
        started: NOW - 300,
        cursor: ahead("f"),
        from: NOW - 300,
        lost: [`g ${NOW - 315}..${NOW - 300} clock-set-back`],
      },
      {
        name: "of another one, and when this one began is not known: only what is new",
        cursor: ahead("f"),
        from: NOW,
        lost: [seam("g", NOW)],
      },
      {
        name: "of one that cannot be seen",
        id: "goldmane-unseen",
        cursor: ahead("goldmane-unseen"),
        from: OLDEST,
        saidThrough: NOW + DAY,
        lost: [seam("goldmane-unseen")],
      },
      {
        name: "by a gateway's mark",
        marks: [at("g", NOW + DAY)],
        from: OLDEST,
        saidThrough: NOW + DAY,
        lost: [seam("g")],
      },
      {
        name: "and this was found before: after the cursor, whatever the gateway's mark",
        cursor: { ...at("g", NOW - 60), saidThrough: NOW + DAY },
        marks: [at("g", NOW + DAY)],
        from: NOW - 60,
        saidThrough: NOW + DAY,
        lost: [],
      },
      {
        name: "a second time: both times are said again",
        cursor: { ...at("g", NOW + 3_600), reconciledThrough: NOW + 3_000, saidThrough: NOW + DAY },
        from: OLDEST,
        saidThrough: NOW + DAY,
        lost: [seam("g")],
      },
      {
        name: "by our clock, and not by Goldmane's",
        cursor: ahead("g"),
        goldmaneNow: NOW + DAY + 30,
        from: NOW + DAY,
        lost: [],
      },
      {
        name: "and was compared up to one that has: lists bring the rest",
        cursor: { ...at("g", NOW + 3_600), reconciledThrough: NOW - 300 },
        from: NOW + 3_600,
        lost: [],
      },
    ];
    it.each(rows)("$name", ({ id = "g", started, cursor, marks = [], goldmaneNow = NOW, from, saidThrough, lost }) => {
      const point = resumePoint({ incarnation: { id, startedAt: started }, cursor, marks, now: NOW, goldmaneNow });
      expect(point.cursor).toMatchObject({ incarnation: id, through: from });
      expect(point.cursor.saidThrough).toBe(saidThrough);
      expect(point.lost.map((each) => `${each.incarnation} ${each.from}..${each.to} ${each.reason}`)).toEqual(lost);
    });

    it("waits while Goldmane does not tell what time it is", () => {
      const point = resumePoint({
        incarnation: { id: "g", startedAt: undefined },
        cursor: ahead("g"),
        marks: [],
        now: NOW,
      });
      expect([point.cursor.through, point.lost]).toEqual([NOW + DAY, []]);
    });
  });

  const compared: {
    name: string;
    id?: string;
    started?: number;
    cursor?: Cursor;
    marks?: Cursor[];
    reconciledThrough: number;
    incomplete?: number[];
    unreconciled?: number;
    lost?: string[];
  }[] = [
    { name: "a first start: what is streamed from here on", reconciledThrough: OLDEST },
    { name: "an earlier agent's cursor: nothing behind it", cursor: at("g", NOW - 60), reconciledThrough: NOW - 60 },
    {
      name: "this agent's cursor: what was left, and what is known to be incomplete",
      cursor: { ...at("g", NOW - 60), reconciledThrough: NOW - 360, incomplete: [NOW - 900] },
      reconciledThrough: NOW - 360,
      incomplete: [NOW - 900],
    },
    {
      name: "a stop for longer than Goldmane remembers: what it still has",
      cursor: { ...at("g", OLDEST - 300), reconciledThrough: OLDEST - 600, incomplete: [OLDEST - 450] },
      reconciledThrough: OLDEST - 300,
      unreconciled: 20,
      lost: [
        `g ${OLDEST - 450}..${OLDEST - 435} source-history-exceeded`,
        `g ${OLDEST - 300}..${OLDEST} source-history-exceeded`,
      ],
    },
    {
      name: "another replica has streamed meanwhile: what it may have left",
      cursor: { ...at("g", NOW - 3_000), reconciledThrough: NOW - 3_300 },
      marks: [at("g", NOW - 60)],
      reconciledThrough: NOW - 60 - 420,
    },
    {
      name: "taken over from another replica",
      marks: [at("g", NOW - 60)],
      reconciledThrough: NOW - 60 - 420,
    },
    {
      name: "Goldmane restarted: what was never compared is counted, what is known to be incomplete is lost",
      started: NOW - 60,
      cursor: { ...at("f", NOW - 30), reconciledThrough: NOW - 330, incomplete: [NOW - 120, NOW - 105] },
      reconciledThrough: NOW - 30,
      unreconciled: 20,
      lost: [`f ${NOW - 120}..${NOW - 90} source-restarted`],
    },
    {
      name: "a Goldmane that cannot be seen may have been restarted",
      id: "goldmane-unseen",
      cursor: { ...at("goldmane-unseen", NOW - 30), reconciledThrough: NOW - 330, incomplete: [NOW - 120] },
      reconciledThrough: NOW - 30,
      unreconciled: 20,
      lost: [`goldmane-unseen ${NOW - 120}..${NOW - 105} source-restarted`],
    },
  ];
  it.each(compared)("goes on comparing after $name", (row) => {
    const incarnation = {
      id: row.id ?? "g",
      startedAt: row.started,
    };
    const point = resumePoint({ incarnation, cursor: row.cursor, marks: row.marks ?? [], now: NOW });
    expect(point.cursor.reconciledThrough).toBe(row.reconciledThrough);
    expect(point.cursor.incomplete ?? []).toEqual(row.incomplete ?? []);
    expect(point.unreconciled).toBe(row.unreconciled ?? 0);
    const lost = point.lost.map((each) => `${each.incarnation} ${each.from}..${each.to} ${each.reason}`);
    expect(lost).toEqual(row.lost ?? []);
  });
});
