/** Knex publishes its clients without types; see gatedClient.ts. */
declare module 'knex/lib/dialects/better-sqlite3' {
  const Client: new (config: object) => {
    _query(connection: object, query: { sql: string }): Promise<unknown>;
    acquireConnection(): Promise<object>;
    acquireRawConnection(): Promise<object>;
    destroyRawConnection(connection: object): Promise<void>;
  };
  export default Client;
}

declare module 'knex/lib/dialects/postgres' {
  const Client: new (config: object) => {
    _query(connection: object, query: { sql: string }): Promise<unknown>;
    acquireConnection(): Promise<object>;
    acquireRawConnection(): Promise<object>;
    destroyRawConnection(connection: object): Promise<void>;
  };
  export default Client;
}
