import { HumanDuration } from '@backstage/types';

export interface Config {
  /**
   * The MLflow page: registered models and experiments of one MLflow server.
   */
  mlflow?: {
    /**
     * Address of the MLflow tracking server as this backend reaches it, with
     * its path prefix if it has one, such as `http://mlflow.ml.svc:5000`.
     * Default: none; the page then says how to set it.
     */
    baseUrl?: string;

    /**
     * Address of MLflow's own pages as browsers reach them, for links.
     * Default: `baseUrl`.
     */
    uiUrl?: string;

    /**
     * How long one answer of MLflow may take, such as `PT10S` or
     * `{ seconds: 10 }`. Default: 10 seconds.
     */
    timeout?: HumanDuration | string;

    /**
     * Credentials for a server that asks for them. Default: none are sent.
     * Either `username` with `password`, or `token`.
     */
    auth?: {
      /** User for HTTP basic authentication. */
      username?: string;
      /**
       * Password for HTTP basic authentication.
       * @visibility secret
       */
      password?: string;
      /**
       * Bearer token.
       * @visibility secret
       */
      token?: string;
    };
  };
}
