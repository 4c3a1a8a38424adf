import { adviseOnConnection, type EngineSetting } from './connection-advice.ts';
import { isOutage } from './outage.ts';

/**
 * For main.ts files: checks at start that an engine is usable at its URL, or exits with what is
 * wrong and what to change.
 *
 * @param probe makes one request to the engine; rejects with the connection's error
 * @param needsIt false if the process can start while the engine is unavailable
 * @param failure the exit code if it is not usable
 */
export async function checkEngine(
  setting: EngineSetting,
  probe: () => Promise<unknown>,
  needsIt: boolean,
  failure = 1,
): Promise<void> {
  try {
    await probe();
  } catch (error) {
    const advice = adviseOnConnection(setting, error);
    if (advice !== undefined) refuse(advice, failure);
    if (!isOutage(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    if (!needsIt) return;
    refuse(
      `${setting}: the server does not answer, and is required to start. (${reason})`,
      failure,
    );
  }
}

function refuse(message: string, failure: number): never {
  console.error(message);
  process.exit(failure);
}
