// Prints the section of CHANGELOG.md that a release has as its text. The workflow of releases runs
// it before anything is installed.
//
//   node scripts/release-notes.mjs v1.2.3

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const tag = process.argv[2] ?? '';
const version = tag.replace(/^v/, '');

const { version: stated } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
if (version !== stated) fail(`The tag is ${tag}, but package.json has version ${stated}.`);

const sections = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^## /m);
const section = sections.find((text) => text.startsWith(`[${version}]`));
const notes = section?.split('\n').slice(1).join('\n').trim();
if (!notes) fail(`CHANGELOG.md has no section [${version}], or nothing in it.`);
console.log(notes);

function fail(message) {
  console.error(message);
  process.exit(1);
}
