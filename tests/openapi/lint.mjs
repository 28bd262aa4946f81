// Lints OpenAPI documents, whose paths are the arguments. Prints the problems as JSON: [{ redocly, spectral }, …].

import { createConfig, lint } from "@redocly/openapi-core";
import spectralCore from "@stoplight/spectral-core";
import spectralRulesets from "@stoplight/spectral-rulesets";
import { readFileSync } from "node:fs";

const config = await createConfig({ extends: ["recommended-strict"] });
const spectral = new spectralCore.Spectral();
spectral.setRuleset({ extends: [spectralRulesets.oas] });

async function problems(file) {
  const redocly = await lint({ ref: file, config });
  const found = await spectral.run(JSON.parse(readFileSync(file, "utf8")));
  return {
    redocly: redocly.map(({ ruleId, message, location }) => `${ruleId}: ${message} at ${location[0].pointer}`),
    spectral: found.map(({ code, message, path }) => `${code}: ${message} at ${path.join(".")}`),
  };
}

const all = [];
for (const file of process.argv.slice(2)) all.push(await problems(file));
console.log(JSON.stringify(all));
