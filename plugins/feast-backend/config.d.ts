import { HumanDuration } from '@backstage/types';

export interface Config {
  /**
   * The Feast page: what a Feast registry describes, and how fresh it is.
   */
  feast?: {
    /**
     * Address of the registry's REST API (`feast serve_registry --rest-api`)
     * as this backend reaches it, such as `http://feast-registry.ml.svc:6572`.
     * Default: none; the page then says how to set it.
     */
    registryUrl?: string;

    /**
     * Address of the feature server (`feast serve`) as this backend reaches
     * it. The page shows whether it is healthy. Default: none.
     */
    serverUrl?: string;

    /** Show only this Feast project. Default: all projects. */
    project?: string;

    /**
     * How long one answer of Feast may take, such as `PT10S` or
     * `{ seconds: 10 }`. Default: 10 seconds.
     */
    timeout?: HumanDuration | string;

    /**
     * A feature view whose values were materialized longer ago than this
     * counts as stale. Default: 26 hours, a day and two hours of slack for a
     * daily materialization.
     */
    staleAfter?: HumanDuration | string;

    /**
     * Bearer token for servers that ask for one (Feast's `oidc` and
     * `kubernetes` authorization). Default: none is sent.
     * @visibility secret
     */
    token?: string;
  };
}
