import { z } from '@hono/zod-openapi';

/** What altcha-lib makes and solves, version 2 of its challenges. */
export const challengeSchema = z
  .object({
    parameters: z.object({
      algorithm: z.string(),
      nonce: z.string(),
      salt: z.string(),
      cost: z.int().openapi({ description: 'Rounds of a derivation' }),
      keyLength: z.int(),
      keyPrefix: z.string().openapi({ description: 'What the key begins with that is looked for' }),
      keySignature: z.string().optional(),
      data: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
        .optional(),
      expiresAt: z.int().optional().openapi({ description: 'Seconds since 1970' }),
    }),
    signature: z.string().optional(),
  })
  .openapi('Challenge');

/** The header of a ticket request that brings the solution. */
export const challengeSolution = z.string().openapi({
  description: 'Where the sale asks for it: `{challenge, solution}` as JSON in base64url',
});
