#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { tolerateClosedOutput } from "./output.ts";
import { runProgram } from "./program.ts";

tolerateClosedOutput();
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
process.exitCode = await runProgram(process.argv.slice(2), manifest.version as string);
