import { describe, expect, it } from "vitest";
import { fitInto, seenPart } from "./fit";

const room = { width: 1000, height: 600 };

describe("fitting the picture", () => {
  it("stands in the middle, whole", () => {
    const size = { width: 1200, height: 400 };
    const view = fitInto(size, room);
    expect(view.k).toBeCloseTo(0.8);
    expect(view.x).toBeCloseTo(20);
    expect(view.y).toBeCloseTo(140);
    expect(seenPart(view, size, room)).toBeUndefined();
  });

  it("does not blow up what is small", () => {
    expect(fitInto({ width: 100, height: 100 }, room).k).toBe(1.25);
  });

  it("stays readable where it does not fit, and begins at the top left", () => {
    const size = { width: 4000, height: 300 };
    const view = fitInto(size, room);
    expect(view).toMatchObject({ k: 0.4, x: 20 });
    const seen = seenPart(view, size, room);
    expect(seen?.width).toBeCloseTo(1000 / 0.4);
    expect(seen?.x).toBeCloseTo(-20 / 0.4);
    expect(fitInto(size, { width: 390, height: 600 }).k).toBe(0.7);
  });
});
