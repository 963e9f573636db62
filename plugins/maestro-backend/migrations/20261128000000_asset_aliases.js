/*
 * Aliases of assets, as Airflow has them: a task gives an asset that only it
 * knows an event through an alias, and who waits for the alias takes it.
 *
 * - `asset_event_aliases`: through which aliases an event came; goes with it.
 * - `asset_aliases`: which assets an alias has stood for. It stays, as with
 *   Airflow: an alias in a condition holds by any event of such an asset.
 *
 * Cost: two empty tables. Older code leaves them alone, and with it the aliases
 * of events; it does not run pipelines that wait for one (`assets.aliases`).
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('asset_event_aliases', t => {
    t.comment('Aliases through which an asset event came');
    t.bigInteger('event_id').notNullable();
    t.text('alias').notNullable();
    t.primary(['event_id', 'alias']);
    t.index(['alias', 'event_id'], 'asset_event_aliases_alias_idx');
  });
  await knex.schema.createTable('asset_aliases', t => {
    t.comment('Assets that had an event through an alias');
    t.text('alias').notNullable();
    t.text('asset').notNullable();
    t.primary(['alias', 'asset']);
    t.index(['asset'], 'asset_aliases_asset_idx');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 14 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('asset_aliases');
  await knex.schema.dropTable('asset_event_aliases');
  await knex('schema_meta').where({ id: 1 }).update({ version: 13 });
};
