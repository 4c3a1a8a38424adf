import { z } from '@hono/zod-openapi';
import { TICKET_STATUSES } from '../../domain/ticket-status.ts';
import { id, time } from './common.ts';

const hash = z.string().openapi({ description: 'A SHA-256 hash, in Base64' });
const checkpoint = z.string().openapi({
  description: 'A signed note: origin, size and root of the log (C2SP tlog-checkpoint)',
});

/** A checkpoint, and a key, in the description. */
export const CHECKPOINT_EXAMPLE =
  'shop.example/sales/65d6a5b0-2c5f-4d0c-9b0a-6a4de0f6a1a7\n2\n' +
  'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
  '— shop.example gOnhpQ0zB0nQ6hJ8yEwU9vXfRkLmTqS3dGbVcYpA\n';
export const KEY_EXAMPLE = 'shop.example+80e9e1a5+AZCKsz2pCt0zB0nQ6hJ8yEwU9vXfRkLmTqS3dGbVcYpA';

export const proofSchema = z
  .object({
    saleId: id,
    origin: z.string().openapi({ description: 'Which log; the first line of its checkpoints' }),
    size: z.int().openapi({ description: 'Leaves of the log' }),
    rootHash: hash,
    checkpoint,
    key: z.string().openapi({ description: 'Verifies the checkpoint: name+id+key' }),
    counts: z
      .object({
        decided: z.int(),
        held: z.int(),
        waitlisted: z.int(),
        soldOut: z.int(),
        rejected: z.int(),
        cancelled: z.int(),
        paid: z.int(),
        refunded: z.int(),
      })
      .openapi({
        description:
          'Of the log at that size: tickets by their decision, orders ever paid, and orders whose ' +
          'units were all returned',
      }),
    lineNumber: z.int().openapi({ description: 'The last line number in it' }),
  })
  .openapi('Proof');
export type ProofView = z.infer<typeof proofSchema>;

export const receiptSchema = z
  .object({
    saleId: id,
    ticketTag: z.string().openapi({ description: "The ticket's name in the log: `BATCH.INDEX`" }),
    position: z.int(),
    acceptedAt: time.optional().openapi({
      description: 'Unknown for a ticket that Redis lost before its decision',
    }),
    promise: z.string().optional().openapi({
      description: 'A signed note: this ticket was accepted at that place and time',
    }),
    status: z.enum(TICKET_STATUSES),
    lineNumber: z.int().optional(),
    explanation: z.string().optional(),
    leafIndex: z.int().optional().openapi({ description: 'Its leaf in the log' }),
    leaf: z.string().optional().openapi({ description: 'The leaf: JSON, to be hashed as it is' }),
    inclusion: z
      .array(hash)
      .optional()
      .openapi({ description: 'The inclusion proof of the leaf (RFC 6962)' }),
    checkpoint: checkpoint.optional(),
    key: z.string().openapi({ description: 'Verifies promise and checkpoint' }),
  })
  .openapi('Receipt');
export type ReceiptView = z.infer<typeof receiptSchema>;
