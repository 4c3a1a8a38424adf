/** Descriptors that are not for clients: connections to the engines, to Stripe, files, the log. */
const RESERVED = 100;

/**
 * How many clients may be connected at a time, so that descriptors are left for what answers them:
 * without one, a request that needs Postgres or Redis fails for everybody.
 *
 * @param wanted the setting
 * @param most files that this process may have open: its soft limit, where the system tells one
 */
export function clientsMax(wanted: number, most = openFilesMax()): number {
  return most === undefined ? wanted : Math.max(1, Math.min(wanted, most - RESERVED));
}

/** Node has raised the soft limit to the hard one; only its report tells it, on every system. */
function openFilesMax(): number | undefined {
  // It would look up the names of peers; the types do not have it.
  Reflect.set(process.report, 'excludeNetwork', true);
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft?: number | string } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : undefined;
}
