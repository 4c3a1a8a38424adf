import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, '../../docs/check-with-go');
/** Where Debian has the sources of Go packages. */
const DEBIAN = '/usr/share/gocode';

/** What Go's packages say of a log. */
export interface ForeignVerdict {
  readonly isRight: boolean;
  readonly text: string;
}

/** Builds docs/check-with-go, and returns what runs it; `remove` removes what was built. */
export async function buildForeignVerifier() {
  const dir = mkdtempSync(join(tmpdir(), 'fairline-go-'));
  const program = join(dir, 'check-with-go');
  const cache = { GOCACHE: join(dir, 'cache'), GOFLAGS: '-mod=mod' };
  const sources = existsSync(DEBIAN) ? { GO111MODULE: 'off', GOPATH: DEBIAN } : {};
  const env = { ...process.env, ...cache, ...sources };
  await run('go', ['build', '-o', program, '.'], { cwd: SOURCE, env });
  let files = 0;
  const verify = async (
    log: string,
    vkey: string,
    kept: { readonly receipt?: object; readonly kept?: string } = {},
  ): Promise<ForeignVerdict> => {
    const options = Object.entries(kept).flatMap(([name, content]) => {
      const file = join(dir, `${files++}`);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return [`--${name}`, file];
    });
    try {
      const { stdout } = await run(program, [log, vkey, ...options]);
      return { isRight: true, text: stdout };
    } catch (error) {
      const { stdout } = error as { stdout: string }; // what execFile rejects with
      return { isRight: false, text: stdout };
    }
  };
  const remove = () => rmSync(dir, { recursive: true, force: true });
  return { verify, remove };
}
