/*
 * Waiting for something outside the run: what a deferred task waits for and
 * what the last look found; runs that a task of another run started; and the
 * questions "a run of that pipeline with this logical date" and "one that
 * ended lately", which waits ask again and again.
 *
 * Nothing has written rows of `waits` before, so its new columns have no
 * values to be filled in.
 *
 * Cost: empty columns, four empty partial indexes, and two indexes over the
 * runs (some seconds for each million of them). Older code leaves all of it
 * alone, but knows no task that waits: finish or cancel those runs before a
 * rollback.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('waits', t => {
    t.text('wait_id').comment('UUIDv7, a new one with each try');
    t.text('kind').comment('WaitKind');
    t.text('what').comment('For people, secrets masked');
    t.integer('looks').notNullable().defaultTo(0);
    t.bigInteger('looked_at');
    t.text('answer').comment('What the last look found, secrets masked');
    t.bigInteger('next_look_at');
    t.text('awaited_pipeline').comment('Woken when a run of it ends');
    t.bigInteger('child_run').comment('runs.id of a run that it started');
  });
  await knex.raw(
    'create unique index waits_wait_id_uq on waits (wait_id) where wait_id is not null',
  );
  await knex.raw(
    'create index waits_pipeline_idx on waits (awaited_pipeline) where awaited_pipeline is not null',
  );
  await knex.raw(
    "create index waits_approval_idx on waits (created_at) where kind = 'approval'",
  );
  await knex.schema.alterTable('runs', t => {
    t.bigInteger('parent_run').comment('runs.id of the run that started it');
    t.integer('parent_task_no');
    t.integer('parent_map_index');
    t.text('parent_wait_id').comment('waits.wait_id, as long as that waits');
    t.integer('sub_depth').notNullable().defaultTo(0);
  });
  await knex.raw(
    'create index runs_parent_idx on runs (parent_run, parent_task_no) where parent_run is not null',
  );
  await knex.raw(
    'create index runs_pipeline_logical_idx on runs (pipeline_id, logical_date)',
  );
  await knex.raw(
    'create index runs_pipeline_ended_idx on runs (pipeline_id, ended_at) where ended_at is not null',
  );
  await knex('schema_meta').where({ id: 1 }).update({ version: 6 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const index of [
    'runs_pipeline_ended_idx',
    'runs_pipeline_logical_idx',
    'runs_parent_idx',
    'waits_approval_idx',
    'waits_pipeline_idx',
    'waits_wait_id_uq',
  ]) {
    await knex.raw(`drop index ${index}`);
  }
  await knex.schema.alterTable('runs', t => {
    for (const column of [
      'parent_run',
      'parent_task_no',
      'parent_map_index',
      'parent_wait_id',
      'sub_depth',
    ]) {
      t.dropColumn(column);
    }
  });
  await knex.schema.alterTable('waits', t => {
    for (const column of [
      'wait_id',
      'kind',
      'what',
      'looks',
      'looked_at',
      'answer',
      'next_look_at',
      'awaited_pipeline',
      'child_run',
    ]) {
      t.dropColumn(column);
    }
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 5 });
};
