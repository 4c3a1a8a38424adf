import { parseVkey, type VerifierKey } from '../../src/proof/note.ts';
import { type LogSource, type VerifyOptions, verifyLog } from '../../src/proof/verify.ts';
import { LogSigner } from '../../src/public-log/signer.ts';
import { LOG_KEY } from './system.ts';

/** The key that verifies what a test system signs. */
export const LOG_VKEY: VerifierKey = vkeyOf(new LogSigner(LOG_KEY).vkey);

function vkeyOf(text: string): VerifierKey {
  const key = parseVkey(text);
  if (key === undefined) throw new Error('not a verifier key');
  return key;
}

/** Reads the public log of a sale over HTTP. */
function logOverHttp(url: string, saleId: string): LogSource {
  return {
    async read(path) {
      const response = await fetch(`${url}/api/sales/${saleId}/log/${path}`);
      if (response.status === 404) return undefined;
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return response.bytes();
    },
  };
}

/** Checks the public log of a sale over HTTP. */
export function verifySale(url: string, saleId: string, options: Partial<VerifyOptions> = {}) {
  const source = logOverHttp(url, saleId);
  return verifyLog(source, { keys: [LOG_VKEY], nowMs: Date.now(), ...options });
}
