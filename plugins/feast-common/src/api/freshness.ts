/**
 * How fresh the values in the online store are:
 *
 * - `fresh`: materialized up to a time that is recent enough;
 * - `stale`: materialized, but longer ago than the portal calls fresh;
 * - `expired`: longer ago than the view's time to live, so that Feast serves
 *   no value at all;
 * - `never`: meant for the online store, but nothing was materialized;
 * - `streaming`: written by a stream, which leaves no trace in the registry;
 * - `offline`: not meant for the online store;
 * - `on-demand`: computed when it is asked for, so always as fresh as its
 *   sources.
 *
 * @public
 */
export type FreshnessState =
  | 'fresh'
  | 'stale'
  | 'expired'
  | 'never'
  | 'streaming'
  | 'offline'
  | 'on-demand';

/**
 * The verdict about one feature view at one moment.
 *
 * @public
 */
export interface Freshness {
  state: FreshnessState;
  /**
   * End of the latest interval of event time that was materialized, epoch
   * milliseconds.
   */
  materializedUntil?: number;
  /** Milliseconds from then to the moment of the verdict, never negative. */
  ageMs?: number;
  /** When Feast stops serving the values, epoch milliseconds. */
  expiresAt?: number;
}

/**
 * Judges a feature view by what the registry says about it.
 *
 * @param now - epoch milliseconds
 * @param staleAfterMs - older than this counts as stale
 *
 * @public
 */
export function freshnessOf(
  view: {
    kind: 'batch' | 'stream' | 'on-demand';
    online: boolean;
    /** Time to live in milliseconds; 0 or absent: values never expire. */
    ttlMs?: number;
    /** Ends of the materialized intervals, epoch milliseconds, in any order. */
    materializedUntil: readonly number[];
  },
  options: { now: number; staleAfterMs: number },
): Freshness {
  if (view.kind === 'on-demand') {
    return { state: 'on-demand' };
  }
  // Not with Math.max(...list): a view materialized for years has more
  // intervals than a call may have arguments.
  const until = view.materializedUntil.reduce<number | undefined>(
    (latest, end) => (latest === undefined || end > latest ? end : latest),
    undefined,
  );
  if (until === undefined) {
    if (!view.online) {
      return { state: 'offline' };
    }
    return { state: view.kind === 'stream' ? 'streaming' : 'never' };
  }
  const ageMs = Math.max(0, options.now - until);
  const expiresAt = view.ttlMs ? until + view.ttlMs : undefined;
  const verdict = { materializedUntil: until, ageMs, expiresAt };
  if (!view.online) {
    return { state: 'offline', ...verdict };
  }
  if (view.kind === 'stream') {
    return { state: 'streaming', ...verdict };
  }
  if (expiresAt !== undefined && options.now > expiresAt) {
    return { state: 'expired', ...verdict };
  }
  return {
    state: ageMs > options.staleAfterMs ? 'stale' : 'fresh',
    ...verdict,
  };
}
