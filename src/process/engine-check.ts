import { adviseOnConnection, type EngineSetting } from './connection-advice.ts';
import { isOutage } from './outage.ts';

/**
 * For main.ts files: checks at start that an engine is usable at its URL, or exits with what is
 * wrong and what to change.
 *
 * @param probe makes one request to the engine; rejects with the connection's error
 * @param needsIt false if the process can start while the engine is unavailable
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
      refuse(`${setting}: the server does not answer, and is required to start. (${reason})`);
  }
}

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}
