import { describe, expect, it } from "vitest";
import { lineWidth, pointNear, roundedPath } from "./line-shape";

describe("roundedPath", () => {
  const rows = [
    { name: "nothing for no points", points: [], expected: "" },
    {
      name: "a straight line stays straight",
      points: [
        [0, 0],
        [100, 0],
      ],
      expected: "M0 0 L100 0",
    },
    {
      name: "a corner is rounded by 14 px",
      points: [
        [0, 0],
        [100, 0],
        [100, 100],
      ],
      expected: "M0 0 L86 0 Q100 0 100 14 L100 100",
    },
    {
      name: "never beyond the middle of a short side",
      points: [
        [0, 0],
        [10, 0],
        [10, 100],
      ],
      expected: "M0 0 L5 0 Q10 0 10 14 L10 100",
    },
  ];
  it.each(rows)("$name", ({ points, expected }) => {
    expect(roundedPath(points.map(([x = 0, y = 0]) => ({ x, y })))).toBe(expected);
  });
});

describe("lineWidth", () => {
  it("grows with the square root of the share", () => {
    expect([lineWidth(0, 0), lineWidth(0, 100), lineWidth(25, 100), lineWidth(100, 100)]).toEqual([
      1.25, 1.25, 2.88, 4.5,
    ]);
  });
});

describe("pointNear", () => {
  const corners = [
    { x: 0, y: 0 },
    { x: 100, y: 0 },
    { x: 100, y: 50 },
  ];
  it("stands on the first or the last side, never past its end", () => {
    expect(pointNear(corners, "source", 20)).toEqual({ x: 20, y: 0 });
    expect(pointNear(corners, "destination", 20)).toEqual({ x: 100, y: 30 });
    expect(pointNear(corners, "destination", 500)).toEqual({ x: 100, y: 0 });
  });
});
