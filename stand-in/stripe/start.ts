import { findFreePort, whyPortIsUnusable } from '../../demo/free-port.ts';
import { listenProblem } from '../../src/process/listen.ts';
import { type ServedStandIn, serveStandIn } from './serve.ts';
import { type StandInOptions, StripeStandIn } from './stand-in.ts';

const DEFAULT_PORT = 12_111;

/** A bank takes days; here it takes just long enough to watch. */
const PROCESSING_MS = 20_000;

/**
 * Starts the stand-in of the demo.
 *
 * @param options.port 0 picks a free one; undefined: 12111, or a free one where that is taken
 * @throws Error when the port is taken
 */
export async function startStandIn({
  port,
  ...options
}: StandInOptions & { readonly port: number | undefined }): Promise<ServedStandIn> {
  const standIn = new StripeStandIn({ processingMs: PROCESSING_MS, ...options });
  return serveStandIn(standIn, await choosePort(port));
}

async function choosePort(port: number | undefined): Promise<number> {
  const wanted = port ?? DEFAULT_PORT;
  const why = wanted === 0 ? undefined : await whyPortIsUnusable(wanted, '127.0.0.1');
  if (why === undefined) return wanted;
  if (port === undefined) return findFreePort();
  const reason = listenProblem(why)?.message ?? why;
  throw new Error(`STRIPE_PORT ${port} cannot be used: ${reason}. Choose another, e.g. 12112.`);
}
