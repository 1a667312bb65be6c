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
    expect(point.from).toBe(from);
    expect(point.lost.map((each) => `${each.incarnation} ${each.from}..${each.to} ${each.reason}`)).toEqual(lost);
  });
});
