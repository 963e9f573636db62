import type { UrlReaderService } from '@backstage/backend-plugin-api';
import { checkSize, isExcluded, type SourceTree } from './SourceTree';

/** What an immutable ConfigMap can hold. */
export const MAX_REMOTE_BYTES = 700 * 1024;

/**
 * The folder of an entity file in a repository, from one commit, when it is
 * another one than before.
 *
 * @param known - etag of the last read
 * @returns undefined when nothing changed
 * @throws SourceProblem when it is too large; errors of the reader as they
 * come: the repository may be back in a minute
 */
export async function readRemoteTree(
  reader: UrlReaderService,
  url: string,
  known: string | undefined,
): Promise<SourceTree | undefined> {
  const { folder, entityFile } = folderOf(url);
  let response;
  try {
    response = await reader.readTree(folder, {
      etag: known,
      filter: path => !path.split('/').some(isExcluded),
    });
  } catch (error) {
    if ((error as Error).name === 'NotModifiedError') return undefined;
    throw error;
  }
  const files = [];
  for (const file of await response.files()) {
    // Not every reader filters.
    if (file.path.split('/').some(isExcluded)) continue;
    const content = await file.content();
    files.push({ path: file.path, content, executable: false });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  checkSize(
    url,
    files.map(({ path, content }) => ({ path, size: content.length })),
    MAX_REMOTE_BYTES,
  );
  return { files, entityFile, ref: response.etag, signature: response.etag };
}

/** The folder that a file stands in, as the hosts of repositories write it. */
export function folderOf(url: string): { folder: string; entityFile: string } {
  const parsed = new URL(url);
  // Azure DevOps names the file in the query.
  const path = parsed.searchParams.get('path');
  if (path) {
    const cut = path.lastIndexOf('/');
    parsed.searchParams.set('path', path.slice(0, cut) || '/');
    return { folder: parsed.toString(), entityFile: path.slice(cut + 1) };
  }
  const cut = parsed.pathname.lastIndexOf('/');
  const entityFile = decodeURIComponent(parsed.pathname.slice(cut + 1));
  parsed.pathname = parsed.pathname
    .slice(0, cut)
    // GitHub and GitLab call a file blob and a folder tree.
    .replace(/\/blob\//, '/tree/');
  return { folder: parsed.toString(), entityFile };
}
