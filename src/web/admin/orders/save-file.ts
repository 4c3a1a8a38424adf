interface FilePicker {
  showSaveFilePicker(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/**
 * Asks where to save a file, so that a file of any size can be streamed to disk.
 *
 * @returns `left` when the user cancelled; undefined where the browser has no file picker
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
