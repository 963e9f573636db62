const LANGUAGES: Record<string, string> = {
  py: 'python',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  sh: 'bash',
  sql: 'sql',
  md: 'markdown',
  toml: 'ini',
  ini: 'ini',
  ts: 'typescript',
  js: 'javascript',
};

/** The language that a file is coloured as; `text` for any other. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'Dockerfile') {
    return 'dockerfile';
  }
  const dot = name.lastIndexOf('.');
  const extension = name.slice(dot + 1).toLocaleLowerCase('en-US');
  return dot > 0 ? LANGUAGES[extension] ?? 'text' : 'text';
}
