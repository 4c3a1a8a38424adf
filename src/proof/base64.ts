/** Standard Base64 (RFC 4648, section 4), as checkpoints and notes have it. */
export function toBase64(bytes: Uint8Array): string {
  // Uint8Array has this itself, but not in every browser and Node that people check sales with.
  return btoa(String.fromCharCode(...bytes));
}

/**
 * The bytes of standard Base64; undefined when the text is not that.
 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    // Bits that are left over, and padding that is missing, would be other texts for the same.
    return toBase64(bytes) === text ? bytes : undefined;
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
