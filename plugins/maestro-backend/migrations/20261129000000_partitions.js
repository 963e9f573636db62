/*
 * Runs that are about one partition of data each, by its key, as Airflow has
 * them.
 *
 * - `runs.partition_key` and `partition_date`: what the run is about, and when
 *   that begins where the key says a time.
 * - `asset_events.partition_key` and `partition_date`: which partition of the
 *   asset has an event: that of the run of its task, or what the task said.
 * - `asset_outcomes.partition_key`: of which run the event is, by its key; what
 *   waits for the same key waits together.
 *
 * Cost: five columns without a default, so no row is written; an empty partial
 * index, and one of the events of assets as a whole, which are all of them now. Older code leaves them alone and runs no pipeline that is partitioned
 * (`pipeline.partitioned`); what such a one has told of its assets it would tell
 * to those who wait for the asset as a whole: pause partitioned pipelines while
 * two builds run.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('runs', t => {
    t.text('partition_key').comment('Of the partition that the run is about');
    t.bigInteger('partition_date').comment(
      'When it begins, if its key says so',
    );
  });
  await knex.schema.alterTable('asset_events', t => {
    t.text('partition_key').comment('Which partition of the asset');
    t.bigInteger('partition_date').comment('That of the run that caused it');
  });
  await knex.schema.alterTable('asset_outcomes', t => {
    t.text('partition_key').comment('Of the run for which the event counts');
  });
  await knex.raw(
    "create index asset_outcomes_partition_idx on asset_outcomes (pipeline_id, schedule_id, partition_key, asset) where outcome = 'waiting'",
  );
  // The newest event of an asset as a whole, however many partitions it has.
  await knex.raw(
    'create index asset_events_whole_idx on asset_events (asset, at, id) where partition_key is null',
  );
  await knex('schema_meta').where({ id: 1 }).update({ version: 15 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.raw('drop index asset_events_whole_idx');
  await knex.raw('drop index asset_outcomes_partition_idx');
  await knex.schema.alterTable('asset_outcomes', t => {
    t.dropColumn('partition_key');
  });
  await knex.schema.alterTable('asset_events', t => {
    t.dropColumn('partition_key');
    t.dropColumn('partition_date');
  });
  await knex.schema.alterTable('runs', t => {
    t.dropColumn('partition_key');
    t.dropColumn('partition_date');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 14 });
};
