// Parses an AsyncAPI document with what it refers to, by AsyncAPI's own parser.
// Arguments: the folder `node_modules` with the parser, and the document.
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, document] = process.argv.slice(2);
const { Parser, fromFile } = createRequire(join(modules, "/"))("@asyncapi/parser");
const INFORMATION = 2; // errors and warnings are below

const parsed = await fromFile(new Parser(), document).parse();
for (const { severity, code, message, path } of parsed.diagnostics) {
  if (severity < INFORMATION) {
    console.error(`${code}: ${message} (${path.join(".")})`);
  }
}
console.log(`${parsed.document?.messages().length ?? 0} messages`);
