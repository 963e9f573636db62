/*
 * Tasks that wait for an event of an asset: whose event wakes which of them;
 * the newest event of an asset, which their looks ask for; and events by age,
 * which house-keeping removes.
 *
 * Cost: an empty column, an empty partial index, and two indexes over the asset
 * events (a second or two for each million of them). Older code leaves all of
 * it alone: a pipeline with such a task says that it needs newer code.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  // In the order in which who is at work locks them, and the slow ones first.
  await knex.schema.alterTable('asset_events', t => {
    t.index(['asset', 'at', 'id'], 'asset_events_newest_idx');
    t.index(['at', 'id'], 'asset_events_age_idx');
  });
  await knex.schema.alterTable('waits', t => {
    t.text('awaited_asset').comment('Woken when it has an event');
  });
  await knex.raw(
    'create index waits_asset_idx on waits (awaited_asset) where awaited_asset is not null',
  );
  await knex('schema_meta').where({ id: 1 }).update({ version: 11 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const index of [
    'asset_events_age_idx',
    'asset_events_newest_idx',
    'waits_asset_idx',
  ]) {
    await knex.raw(`drop index ${index}`);
  }
  await knex.schema.alterTable('waits', t => {
    t.dropColumn('awaited_asset');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 10 });
};
