import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngineProcess } from '../../demo/engine-process.ts';
import { findFreePort } from '../../demo/free-port.ts';
import { findPostgresOwner } from '../../demo/postgres-owner.ts';

/** Debian puts it where only root's PATH leads; scripts/setup.mjs installs it. */
const SYSTEM_PATH = '/usr/sbin/pgbouncer';

/**
 * Starts a PgBouncer in transaction mode before a Postgres, with its defaults otherwise and so few
 * server connections that clients meet each other's.
 *
 * @param target the URL of a database
 * @returns its URL for the same database
 */
export async function startPgBouncer(target: string) {
  const dir = mkdtempSync(join(tmpdir(), 'fairline-pgbouncer-'));
  chmodSync(dir, 0o755);
  const { hostname, port, username, password } = new URL(target);
  const listenPort = await findFreePort();
  const file = join(dir, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
`,
  );
  const owner = findPostgresOwner();
  if (owner) chownSync(file, owner.uid, owner.gid);
  const engine = await startEngineProcess({
    engine: 'PgBouncer',
    command: existsSync(SYSTEM_PATH) ? SYSTEM_PATH : 'pgbouncer',
    args: [file],
    ready: 'process up',
    ...(owner && { owner }),
  });
  const endWithUs = () => process.kill(engine.pid, 'SIGKILL');
  process.once('exit', endWithUs);
  const url = new URL(target);
  url.host = `127.0.0.1:${listenPort}`;
  return {
    url: url.href,
    async stop() {
      process.off('exit', endWithUs);
      await engine.end('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
