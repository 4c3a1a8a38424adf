import { parseNote } from './note.ts';
import type { Receipt } from './verify.ts';

/** What somebody has kept of a sale: a receipt, or a checkpoint. */
export type Evidence =
  | { readonly receipt: Receipt & { readonly saleId?: string | undefined } }
  | { readonly checkpoint: string };

/**
 * Reads what somebody has kept: the JSON of a receipt, or the text of a checkpoint.
 *
 * @returns undefined when it is neither
 */
export function readEvidence(text: string): Evidence | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) return readReceipt(trimmed);
  const note = `${trimmed.replaceAll('\r', '')}\n`;
  return parseNote(note) === undefined ? undefined : { checkpoint: note };
}

function readReceipt(json: string): Evidence | undefined {
  const read = parseObject(json);
  const ticketTag = textOf(read?.['ticketTag']);
  if (read === undefined || ticketTag === undefined) return undefined;
  const { leafIndex, inclusion } = read;
  return {
    receipt: {
      ticketTag,
      saleId: textOf(read['saleId']),
      promise: textOf(read['promise']),
      leaf: textOf(read['leaf']),
      checkpoint: textOf(read['checkpoint']),
      leafIndex: Number.isSafeInteger(leafIndex) ? Number(leafIndex) : undefined,
      inclusion: Array.isArray(inclusion) ? inclusion.map(String) : undefined,
    },
  };
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(json) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
