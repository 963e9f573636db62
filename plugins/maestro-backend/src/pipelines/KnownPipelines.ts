import type { KnownPipeline } from './keepPipelines';

/** What the store has, by name and by entity reference. */
export class KnownPipelines {
  private readonly byName = new Map<string, KnownPipeline>();
  private readonly byRef = new Map<string, KnownPipeline[]>();

  constructor(readonly rows: readonly KnownPipeline[]) {
    for (const row of rows) {
      this.byName.set(row.name, row);
      const others = this.byRef.get(row.entity_ref);
      if (others) others.push(row);
      else this.byRef.set(row.entity_ref, [row]);
    }
  }

  named(name: string): KnownPipeline | undefined {
    return this.byName.get(name);
  }

  /** Those that have the name, or the entity reference. */
  of(name: string, entityRef: string): KnownPipeline[] {
    const row = this.byName.get(name);
    return [...(row ? [row] : []), ...(this.byRef.get(entityRef) ?? [])];
  }
}
