/*
 * The graph: a cancel that ends the clean-up too, groups that are retried as
 * one, the run before a run (`dependsOnPast`), and limits per task and per
 * owner, which count live attempts by names that attempts did not have.
 *
 * Cost: three empty columns, two empty tables, and three partial indexes, of
 * which only the one on logical dates has to read something (a second for each
 * million runs). Older code leaves all of it alone; attempts that it claims
 * have no names and count for no limit of a task or an owner until they end.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('runs', t => {
    t.bigInteger('cancel_forced_at');
  });
  await knex.raw(
    "create index runs_logical_date_idx on runs (pipeline_id, logical_date, id) where trigger in ('scheduled', 'backfill')",
  );
  await knex.schema.alterTable('attempts', t => {
    t.text('task_id');
    t.text('owner');
  });
  await knex.raw(
    "create index attempts_live_task_idx on attempts (pipeline_id, task_id) where state <> 'ended' and task_id is not null",
  );
  await knex.raw(
    "create index attempts_live_owner_idx on attempts (owner) where state <> 'ended' and owner is not null",
  );
  await knex.schema.createTable('group_retries', t => {
    t.comment('Groups of a run that were, or will be, run again as a whole');
    t.bigInteger('run_id').notNullable();
    t.integer('group_no').notNullable();
    t.integer('used').notNullable().comment('Retries so far');
    t.bigInteger('next_at').comment('When it is cleared; null while it runs');
    t.primary(['run_id', 'group_no']);
  });
  await knex.schema.createTable('limit_locks', t => {
    t.comment('Rows that are locked to count what has no row of its own');
    t.text('name').primary();
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 8 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('limit_locks');
  await knex.schema.dropTable('group_retries');
  await knex.raw('drop index attempts_live_owner_idx');
  await knex.raw('drop index attempts_live_task_idx');
  await knex.schema.alterTable('attempts', t => {
    t.dropColumn('task_id');
    t.dropColumn('owner');
  });
  await knex.raw('drop index runs_logical_date_idx');
  await knex.schema.alterTable('runs', t => {
    t.dropColumn('cancel_forced_at');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 7 });
};
