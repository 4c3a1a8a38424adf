/** Standard Base64 (RFC 4648, section 4), as checkpoints and notes have it. */
export function toBase64(bytes: Uint8Array): string {
  return bytes.toBase64();
}

/**
 * The bytes of standard Base64; undefined when the text is not that.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: 'strict' });
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
