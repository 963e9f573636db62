import { parseEntityRef } from '@backstage/catalog-model';
import type { EventsService } from '@backstage/plugin-events-node';

/** An entity that the catalog could not process. */
export interface CatalogError {
  entityRef: string;
  name: string;
  location?: string;
  messages: string[];
  /** Epoch ms of the last time it was reported. */
  at: number;
}

const TOPIC = 'experimental.catalog.errors';
/** The catalog says it again at each processing; silent means gone or mended. */
const KEPT_MS = 15 * 60_000;
const MAX_KEPT = 1_000;

/**
 * What the catalog refuses. An entity that was never valid is in no listing
 * and in no answer of the catalog; only its error events name it. They are
 * sent at each processing of the entity, so that a restart loses nothing for
 * long.
 */
export class CatalogErrors {
  private readonly errors = new Map<string, CatalogError>();

  constructor(private readonly options: { now: () => number }) {}

  /** Listens. Resolves when it does. */
  async subscribe(events: EventsService): Promise<void> {
    await events.subscribe({
      id: 'maestro-catalog-errors',
      topics: [TOPIC],
      onEvent: async ({ eventPayload }) => this.add(eventPayload),
    });
  }

  /**
   * Errors of pipelines, and of locations, which are where a broken file is
   * named that holds one.
   */
  current(): CatalogError[] {
    const oldest = this.options.now() - KEPT_MS;
    for (const [ref, error] of this.errors) {
      if (error.at < oldest) this.errors.delete(ref);
    }
    return [...this.errors.values()];
  }

  /** It is listed and good again. */
  forget(entityRef: string): void {
    this.errors.delete(entityRef);
  }

  private add(payload: unknown): void {
    const { entity, location, errors } = (payload ?? {}) as {
      entity?: unknown;
      location?: unknown;
      errors?: unknown;
    };
    if (typeof entity !== 'string' || !Array.isArray(errors)) return;
    let ref;
    try {
      ref = parseEntityRef(entity);
    } catch {
      // Not an entity: nothing that a panel of pipelines could name.
      return;
    }
    if (!['pipeline', 'location'].includes(ref.kind.toLowerCase())) return;
    this.errors.delete(entity);
    this.errors.set(entity, {
      entityRef: entity,
      name: ref.name,
      location: typeof location === 'string' ? location : undefined,
      messages: errors.map(error =>
        String((error as Error)?.message ?? error).slice(0, 5_000),
      ),
      at: this.options.now(),
    });
    if (this.errors.size > MAX_KEPT) {
      this.errors.delete(this.errors.keys().next().value!);
    }
  }
}
