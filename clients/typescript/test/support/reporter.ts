// Results for whoever runs these tests from another test runner: a line of JSON for each test.
import type { TestEvent } from "node:test/reporters";

export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type === "test:pass" || type === "test:fail") {
      const error = "error" in data.details ? data.details.error : undefined;
      const cause = (error?.cause ?? error) as Error | undefined;
      yield `${JSON.stringify({ name: data.name, passed: type === "test:pass", ms: Math.round(data.details.duration_ms), error: cause && (cause.stack || String(cause)) })}\n`;
    }
  }
}
