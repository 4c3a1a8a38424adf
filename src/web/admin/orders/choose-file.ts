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
