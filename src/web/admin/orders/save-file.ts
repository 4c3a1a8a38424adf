interface FilePicker {
  showSaveFilePicker(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/**
 * Asks where to save a file, so that it can be written while it comes: one of any size.
 *
 * @returns `left` where somebody thought better of it; undefined where the browser cannot ask
 */
export async function chooseFile(name: string): Promise<FileSystemFileHandle | 'left' | undefined> {
  const picker = window as Partial<FilePicker>;
  if (picker.showSaveFilePicker === undefined) return undefined;
  try {
    return await picker.showSaveFilePicker({ suggestedName: name });
  } catch (error) {
    const isLeft = error instanceof DOMException && error.name === 'AbortError';
    return isLeft ? 'left' : undefined;
  }
}

/** Saves what is in memory already as a download. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
