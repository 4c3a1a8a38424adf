import { adviseOnConnection, type EngineSetting } from './connection-advice.ts';
import { isOutage } from './outage.ts';

/**
 * For main.ts files: makes sure at the start that an engine can be used as its URL says, or ends the
 * process with what is wrong and what helps.
 *
 * @param probe talks to the engine once; rejects with the error of the connection
 * @param needsIt false where the process can begin while the engine is away
 */
export async function checkEngine(
  setting: EngineSetting,
  probe: () => Promise<unknown>,
  needsIt: boolean,
): Promise<void> {
  try {
    await probe();
  } catch (error) {
    const advice = adviseOnConnection(setting, error);
    if (advice !== undefined) refuse(advice);
    if (!isOutage(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (needsIt)
      refuse(`${setting}: the server does not answer, and is needed to start. (${reason})`);
  }
}

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}
