/*
 * Assets and webhooks.
 *
 * - `asset_events`: one row an event of an asset. `source_key` is unique, so
 *   that an attempt gives one event of an asset however often its end is seen.
 * - `asset_consumers`: which schedules wait for an asset, by asset; written with
 *   the version of a pipeline.
 * - `asset_outcomes`: what became of an event for a schedule, exactly one row
 *   for both, as `ticks` are for due times. A row that waits becomes a run.
 * - `run_asset_events`: the events that a run was started by, as its tasks and
 *   expressions see them; they stay when the run that caused them is deleted.
 * - `webhooks`: secrets of webhooks, encrypted. The webhooks themselves stand in
 *   the version.
 *
 * Cost: empty tables; nothing of what is there is read or changed. Older code
 * leaves all of it alone, and with it asset events that wait.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('asset_events', t => {
    t.comment('What happened to assets');
    t.bigIncrements('id');
    t.text('asset').notNullable();
    t.bigInteger('at').notNullable();
    t.text('source').notNullable().comment('task, alert, manual');
    t.text('source_key')
      .notNullable()
      .unique({ indexName: 'asset_events_source_key_uq' })
      .comment('Of an attempt and its asset, or of a request');
    t.bigInteger('run_id').comment('Null when by hand, or the run was deleted');
    t.text('task_id');
    t.integer('map_index');
    t.text('attempt_id');
    t.text('actor');
    t.text('extra').comment('JSON, small');
    t.index(['asset', 'id'], 'asset_events_asset_idx');
    t.index(['run_id'], 'asset_events_run_idx');
  });

  await knex.schema.createTable('asset_consumers', t => {
    t.comment('Schedules that wait for an asset');
    t.text('asset').notNullable();
    t.bigInteger('pipeline_id').notNullable();
    t.text('schedule_id').notNullable();
    t.primary(['asset', 'pipeline_id', 'schedule_id']);
    t.index(['pipeline_id'], 'asset_consumers_pipeline_idx');
  });

  await knex.schema.createTable('asset_outcomes', t => {
    t.comment('Exactly one outcome for each event and schedule');
    t.bigInteger('pipeline_id').notNullable();
    t.text('schedule_id').notNullable();
    t.bigInteger('event_id').notNullable();
    t.text('asset').notNullable();
    t.text('outcome').notNullable().comment('run, waiting, skipped');
    t.bigInteger('run_id');
    t.text('reason').comment('paused, cooldown until …, overlap, when, …');
    t.bigInteger('decided_at').notNullable();
    t.primary(['pipeline_id', 'schedule_id', 'event_id']);
    t.index(['event_id'], 'asset_outcomes_event_idx');
    t.index(['run_id'], 'asset_outcomes_run_idx');
  });
  await knex.raw(
    "create index asset_outcomes_waiting_idx on asset_outcomes (pipeline_id, schedule_id, event_id) where outcome = 'waiting'",
  );
  await knex.raw(
    "create index asset_outcomes_waiting_asset_idx on asset_outcomes (pipeline_id, schedule_id, asset) where outcome = 'waiting'",
  );
  await knex.raw(
    "create index asset_outcomes_last_run_idx on asset_outcomes (pipeline_id, schedule_id, decided_at) where outcome = 'run'",
  );

  await knex.schema.createTable('run_asset_events', t => {
    t.comment('Events that started a run, as it sees them; the newest ones');
    t.bigInteger('run_id').notNullable();
    t.bigInteger('event_id').notNullable();
    t.text('body').notNullable().comment('JSON');
    t.primary(['run_id', 'event_id']);
  });

  await knex.schema.createTable('webhooks', t => {
    t.comment('Secrets of webhooks: v1:keyId:iv:tag:ct');
    t.text('address').primary().comment('pipeline/webhook, by name');
    t.text('secret').notNullable().comment('Encrypted');
    t.bigInteger('rotated_at').notNullable();
    t.text('rotated_by').notNullable();
    t.bigInteger('delivered_at').comment('Last request with the right secret');
  });
  // Later ones may have been applied before.
  await knex('schema_meta')
    .where({ id: 1 })
    .where('version', '<', 5)
    .update({ version: 5 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  // Older code cannot fire them, and they would fail for ever.
  await knex('timers').where({ kind: 'asset' }).delete();
  for (const table of [
    'webhooks',
    'run_asset_events',
    'asset_outcomes',
    'asset_consumers',
    'asset_events',
  ]) {
    await knex.schema.dropTable(table);
  }
  await knex('schema_meta').where({ id: 1 }).update({ version: 4 });
};
