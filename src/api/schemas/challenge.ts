import { z } from '@hono/zod-openapi';

/** A challenge of altcha-lib, version 2. */
export const challengeSchema = z
  .object({
    parameters: z.object({
      algorithm: z.string(),
      nonce: z.string(),
      salt: z.string(),
      cost: z.int().openapi({ description: 'Rounds of a derivation' }),
      keyLength: z.int(),
      keyPrefix: z.string().openapi({ description: 'Prefix of the key to find' }),
      keySignature: z.string().optional(),
      data: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
        .optional(),
      expiresAt: z.int().optional().openapi({ description: 'Seconds since 1970' }),
    }),
    signature: z.string().optional(),
  })
  .openapi('Challenge');

/** The header of a ticket request with the solution. */
export const challengeSolution = z.string().openapi({
  description: 'Required if the sale has challenges: `{challenge, solution}` as JSON in base64url',
});
