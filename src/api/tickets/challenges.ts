import { randomInt } from 'node:crypto';
import { type Challenge, createChallenge, type Payload, verifySolution } from 'altcha-lib';
import { deriveKey as deriveSolution } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';
import { CLOCK_TOLERANCE_MS } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { AuthSecrets } from '../../process/auth-secrets.ts';
import { deriveKey, type KeyPurpose } from '../../process/derive-key.ts';
import type { Solution } from '../../redis/scripts/accept.ts';

/** How long a challenge is valid, give or take the difference of two clocks. */
const TTL_MS = 300_000;

/**
 * The solver's work: the number of derivations and of rounds each. That is about half a second on a
 * phone and 0.2 s on one core of a server; verifying takes 0.2 ms, because the expected key is
 * known.
 */
const ALGORITHM = 'PBKDF2/SHA-256';
const ROUNDS = 500;
const DERIVATIONS = { min: 1_000, max: 2_000 };

const sent = z.object({
  challenge: z.object({
    // Exactly the library's fields, and nothing nested: it sorts all keys before it verifies the
    // signature.
    parameters: z.strictObject({
      algorithm: z.string(),
      nonce: z.string(),
      salt: z.string(),
      cost: z.number(),
      keyLength: z.number(),
      keyPrefix: z.string(),
      keySignature: z.string(),
      expiresAt: z.number(),
      data: z.strictObject({ sale: z.string(), buyer: z.string() }),
    }),
    signature: z.string().length(64),
  }),
  solution: z.object({ counter: z.number(), derivedKey: z.string().max(64) }),
});

/** The buyer and sale of a challenge: only they may use its solution. */
export interface ChallengeFor {
  readonly sale: string;
  readonly buyer: string;
}

/** The keys of a challenge, by the names that the library has for them. */
interface ChallengeKeys {
  readonly hmacSignatureSecret: string;
  readonly hmacKeySignatureSecret: string;
}

/** Issues proof-of-work challenges and verifies their solutions. */
export class Challenges {
  readonly #keys: readonly [ChallengeKeys, ...ChallengeKeys[]];
  readonly #nowMs: () => number;

  constructor([current, ...others]: AuthSecrets, nowMs: () => number = Date.now) {
    this.#keys = [challengeKeys(current), ...others.map(challengeKeys)];
    this.#nowMs = nowMs;
  }

  /** A challenge for a buyer and a sale, valid for five minutes. */
  make({ sale, buyer }: ChallengeFor): Promise<Challenge> {
    return createChallenge({
      algorithm: ALGORITHM,
      cost: ROUNDS,
      counter: randomInt(DERIVATIONS.min, DERIVATIONS.max),
      deriveKey: deriveSolution,
      data: { sale, buyer },
      expiresAt: new Date(this.#nowMs() + TTL_MS),
      ...this.#keys[0],
    });
  }

  /**
   * Verifies a solution from the header `Challenge-Solution`. Only accept.lua knows whether it was
   * used.
   *
   * @throws DomainError challenge_required, challenge_failed
   */
  async check(header: string | undefined, { sale, buyer }: ChallengeFor): Promise<Solution> {
    if (header === undefined) {
      throw new DomainError(
        'challenge_required',
        `POST /api/sales/${sale}/challenge, solve what it answers, and send the request again with the ` +
          'solution in the header Challenge-Solution.',
      );
    }
    const payload = parse(header);
    if (payload === undefined) throw failed('is not of the form {challenge, solution}');
    const { expiresAt, data } = payload.challenge.parameters;
    const leftMs = expiresAt * 1_000 - this.#nowMs();
    if (leftMs <= 0) throw failed('came too late: get another challenge');
    if (data.sale !== sale || data.buyer !== buyer) throw failed('is of another sale or buyer');
    if (!(await this.#isRight(payload))) throw failed('is wrong');
    const id = payload.challenge.signature.slice(0, 32);
    // A process whose clock is behind ours takes it for that much longer.
    return { id, keepMs: leftMs + CLOCK_TOLERANCE_MS };
  }

  async #isRight({ challenge, solution }: Payload): Promise<boolean> {
    for (const keys of this.#keys) {
      const attempt = { challenge, solution, deriveKey: deriveSolution, ...keys };
      if ((await verifySolution(attempt)).verified) return true;
    }
    return false;
  }
}

function challengeKeys(secret: string): ChallengeKeys {
  const derive = (purpose: KeyPurpose) => deriveKey(secret, purpose).toString('base64url');
  return {
    hmacSignatureSecret: derive('fairline challenge v1'),
    hmacKeySignatureSecret: derive('fairline challenge key v1'),
  };
}

/** JSON as base64url or base64; undefined for anything else. */
function parse(header: string): z.infer<typeof sent> | undefined {
  try {
    return sent.parse(JSON.parse(Buffer.from(header, 'base64').toString()));
  } catch {
    return undefined;
  }
}

function failed(why: string): DomainError {
  return new DomainError('challenge_failed', `The solution ${why}.`);
}
