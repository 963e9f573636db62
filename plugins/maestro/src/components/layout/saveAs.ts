/** How long the address of a saved file stays valid, in milliseconds. */
const KEEP = 60_000;

/** Has the browser save a blob under a name. */
export function saveAs(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser reads the blob after the click returned.
  setTimeout(() => URL.revokeObjectURL(url), KEEP);
}
