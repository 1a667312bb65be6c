import { describe, expect, it } from "vitest";
import { errorFromAnswer } from "./errors";

const status = (reason: string, message: string): string => JSON.stringify({ kind: "Status", reason, message });

describe("errorFromAnswer", () => {
  const rows = [
    {
      name: "keeps the server's words",
      status: 422,
      body: status("Invalid", 'spec.action: "Explode"'),
      code: "invalid",
      message: 'spec.action: "Explode"',
      retryable: false,
    },
    {
      name: "tells a name taken from a change meanwhile",
      status: 409,
      body: status("AlreadyExists", "x"),
      code: "already-exists",
      message: "x",
      retryable: false,
    },
    {
      name: "a change meanwhile",
      status: 409,
      body: status("Conflict", "x"),
      code: "conflict",
      message: "x",
      retryable: true,
    },
    {
      name: "a version too old",
      status: 410,
      body: status("Expired", "x"),
      code: "gone",
      message: "x",
      retryable: true,
    },
    {
      name: "a proxy's page",
      status: 502,
      body: "<html>\nbad gateway</html>",
      code: "server",
      message: "HTTP 502: <html> bad gateway</html>",
      retryable: true,
    },
    { name: "an empty body", status: 403, body: "", code: "forbidden", message: "HTTP 403:", retryable: false },
    {
      name: "JSON of another shape",
      status: 404,
      body: "[1]",
      code: "not-found",
      message: "HTTP 404: [1]",
      retryable: false,
    },
  ];
  it.each(rows)("$name", ({ status: code, body, ...expected }) => {
    expect(errorFromAnswer(code, body)).toMatchObject({
      code: expected.code,
      message: expected.message,
      retryable: expected.retryable,
    });
  });
});
