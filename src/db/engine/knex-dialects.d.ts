/** The two modules of knex that `sqlite-client.ts` builds on; knex ships no types for its dialects. */
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  export default class Client_BetterSQLite3 {
    readonly connectionSettings: { readonly filename: string }
    constructor(config: unknown)
  }
}

declare module 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js' {
  export default class Transaction_Sqlite {
    constructor(client: unknown, ...args: unknown[])
    query(connection: unknown, sql: string): Promise<unknown>
  }
}
