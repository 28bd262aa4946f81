/** Compiles `example.vue` into `example-vue.ts`, as bundlers do for Vue. */

import { readFileSync, writeFileSync } from "node:fs";
import { compileScript, parse } from "vue/compiler-sfc";

const { descriptor, errors } = parse(readFileSync("example.vue", "utf8"));
if (errors.length) throw errors[0];
const isCustomElement = (tag) => tag.includes("-");
const { content } = compileScript(descriptor, {
  id: "example", inlineTemplate: true, templateOptions: { compilerOptions: { isCustomElement } },
});
writeFileSync("example-vue.ts", content);
