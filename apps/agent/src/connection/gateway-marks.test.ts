import { WelcomeSchema } from "@isthmus/protocol";
import { create } from "@bufbuild/protobuf";
import { settle } from "@isthmus/std/testing";
import { describe, expect, it } from "vitest";
import { GatewayMarks } from "./gateway-marks";

const told = create(WelcomeSchema, { evidenceMarks: [{ incarnation: "g", durableThrough: 900n }] });
const nothing = create(WelcomeSchema, {});
const unknown = create(WelcomeSchema, { evidenceMarksUnknown: true });
const mark = { incarnation: "g", through: 900 };

/** Somebody who waits for marks, and what they got. */
function waiter(marks: GatewayMarks, needed = true) {
  const stop = new AbortController();
  const got: unknown[] = [];
  const waiting = marks.get(needed, stop.signal).then((each) => got.push(each));
  return { got, stop, waiting };
}

describe("GatewayMarks", () => {
  it("takes marks that could not be read for unknown, and waits for a session that tells", async () => {
    const marks = new GatewayMarks();
    const { got } = waiter(marks);
    marks.welcomed(unknown);
    await settle();
    expect([got, marks.wantsAnotherSession]).toEqual([[], true]);
    marks.welcomed(told);
    await settle();
    expect([got, marks.wantsAnotherSession]).toEqual([[[mark]], false]);
  });

  it("knows that a gateway has nothing once it says so", async () => {
    const marks = new GatewayMarks();
    const { got } = waiter(marks);
    marks.welcomed(nothing);
    await settle();
    expect(got).toEqual([[]]);
  });

  it("wants no other session where nobody needs marks, or some were told before", async () => {
    const marks = new GatewayMarks();
    marks.welcomed(unknown);
    const { got } = waiter(marks, false);
    await settle();
    expect([got, marks.wantsAnotherSession]).toEqual([[[]], false]);
    marks.welcomed(told);
    marks.welcomed(unknown);
    expect(await marks.get(true, new AbortController().signal)).toEqual([mark]);
    expect(marks.wantsAnotherSession).toBe(false);
  });

  it("lets go of who waits when it ends", async () => {
    const marks = new GatewayMarks();
    const { got, stop, waiting } = waiter(marks);
    stop.abort();
    await waiting;
    expect(got).toEqual([[]]);
    marks.welcomed(unknown);
    expect(marks.wantsAnotherSession).toBe(false);
  });
});
