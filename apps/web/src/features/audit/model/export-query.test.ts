import { expect, test } from "vitest";
import { exportQuery } from "./export-query";

test.each([
  { page: "", query: "format=csv" },
  {
    page: "q=ada&who=1&action=role.&kind=role&line=9",
    query: "format=csv&text=ada&actorId=1&action=role.&targetKind=role",
  },
  { page: "q=&time=range", query: "format=csv&range=1h" },
  { page: "range=24h", query: "format=csv" },
])("the page ?$page is exported as $query", ({ page, query }) => {
  expect(exportQuery(new URLSearchParams(page), "csv", "1h")).toBe(query);
});
