import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/**
 * Runs the migrations as a separate process and waits for its end.
 *
 * @param script the absolute path of the script
 * @param env its whole environment, with DATABASE_URL
 * @throws Error with its output when it fails
 */
export async function runMigrations(script: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, complained, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code === 0) return;
  const how = signal ?? `exit code ${code}`;
  throw new Error(`The migrations failed (${how}):\n${printed}${complained}`.trim());
}
