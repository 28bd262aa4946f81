/** Compiles `example.vue` into `example-vue.ts`, as bundlers do for Vue. */

import { readFileSync, writeFileSync } from "node:fs";
import { compileScript, parse } from "vue/compiler-sfc";

const compilerOptions = { isCustomElement: (tag) => tag.includes("-") };
const { descriptor, errors } = parse(readFileSync("example.vue", "utf8"), { templateParseOptions: compilerOptions });
if (errors.length) throw errors[0];
const { content } = compileScript(descriptor, { id: "example", inlineTemplate: true, templateOptions: { compilerOptions } });
writeFileSync("example-vue.ts", content);
