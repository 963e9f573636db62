/**
 * Who answers for a DAG: the first rule of the source that names one of its
 * tags or one of the owners of its tasks, else the owner of the source.
 */
export function ownerOf(
  rules: ReadonlyMap<string, string>,
  fallback: string,
): (facts: { owners: string[]; tags: string[] }) => string {
  return ({ owners, tags }) => {
    const said = new Set([...owners, ...tags.map(tag => `tag:${tag}`)]);
    for (const [name, owner] of rules) {
      if (said.has(name)) return owner;
    }
    return fallback;
  };
}
