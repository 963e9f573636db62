/*
 * Backfills: runs for due times of the past. `backfills` is what somebody asked
 * for, `backfill_members` has exactly one outcome for each of its due times.
 * A run knows its backfill, because a backfill has a limit of its own on runs.
 *
 * `timers.for_due`: a schedule with jitter starts its run later than it is due;
 * the timer is at the start and says which due time it is for.
 *
 * Cost: two empty tables, two empty columns and a partial index over no rows (a
 * second for each million runs to read through). Older code leaves all of it
 * alone: it counts backfill runs among the active runs of their pipeline and
 * starts no more of them.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('backfills', t => {
    t.comment('A range of due times to run, and how far it has come');
    t.bigIncrements('id');
    t.text('backfill_id')
      .notNullable()
      .unique({ indexName: 'backfills_backfill_id_uq' })
      .comment('UUIDv7');
    t.bigInteger('pipeline_id').notNullable();
    t.bigInteger('version_id')
      .notNullable()
      .comment('Whose schedule says what is due; runs get the current one');
    t.text('schedule_id').notNullable();
    t.bigInteger('range_from').notNullable().comment('First instant in it');
    t.bigInteger('range_to').notNullable().comment('Last instant in it');
    t.text('only_which')
      .notNullable()
      .comment('missing, failed, missing-or-failed, all');
    t.text('run_order').notNullable().comment('oldest or newest first');
    t.integer('max_active').notNullable();
    t.text('params').notNullable().comment('JSON object, as asked for');
    t.text('state').notNullable().comment('running, paused, cancelled, done');
    t.text('state_reason');
    t.integer('total').notNullable().comment('Due times in its range');
    t.bigInteger('planned_until').comment(
      'Last due time that is a member; pages go on behind it',
    );
    t.bigInteger('planned_at').comment('When all of them were members');
    t.bigInteger('created_at').notNullable();
    t.text('created_by').notNullable();
    t.text('changed_by').comment('Who paused, unpaused or cancelled it last');
    t.bigInteger('ended_at').comment('Nothing of it waits or runs any more');
    t.index(['pipeline_id', 'id'], 'backfills_pipeline_idx');
  });
  await knex.schema.createTable('backfill_members', t => {
    t.comment('Exactly one outcome for each due time of a backfill');
    t.bigInteger('backfill_id').notNullable().comment('backfills.id');
    t.bigInteger('due_at').notNullable();
    t.bigInteger('pipeline_id').notNullable();
    t.text('schedule_id').notNullable();
    t.text('outcome')
      .notNullable()
      .comment('waiting, run, skipped or cancelled');
    t.text('reason').comment('Why it was left out');
    t.bigInteger('run_id').comment('runs.id, kept when that row is deleted');
    t.primary(['backfill_id', 'due_at']);
    t.index(
      ['backfill_id', 'outcome', 'due_at'],
      'backfill_members_outcome_idx',
    );
    t.index(
      ['pipeline_id', 'schedule_id', 'due_at'],
      'backfill_members_due_idx',
    );
  });
  await knex.schema.alterTable('timers', t => {
    t.bigInteger('for_due').comment('Due time of a tick that starts later');
  });
  await knex.schema.alterTable('runs', t => {
    t.bigInteger('backfill_id').comment('backfills.id');
  });
  await knex.raw(
    'create index runs_backfill_idx on runs (backfill_id, state) where backfill_id is not null',
  );
  await knex('schema_meta').where({ id: 1 }).update({ version: 7 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.raw('drop index runs_backfill_idx');
  await knex.schema.alterTable('timers', t => {
    t.dropColumn('for_due');
  });
  await knex.schema.alterTable('runs', t => {
    t.dropColumn('backfill_id');
  });
  await knex.schema.dropTable('backfill_members');
  await knex.schema.dropTable('backfills');
  await knex('schema_meta').where({ id: 1 }).update({ version: 6 });
};
