/** Saves a blob from memory as a download. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // By then the browser has opened the URL.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
