/*
 * Retention: which runs have lost their logs and reports, objects that nobody
 * refers to any more and that are still to be deleted, and when each chore of
 * the house is due (the row is the lock between replicas).
 *
 * Cost: two empty columns, two partial indexes (a second for each million
 * runs) and two empty tables. Older code leaves all of it alone.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('runs', t => {
    t.bigInteger('logs_removed_at');
    t.bigInteger('artifacts_removed_at');
  });
  for (const what of ['logs', 'artifacts']) {
    await knex.raw(
      `create index runs_${what}_kept_idx on runs (pipeline_id, run_after, id) where ${what}_removed_at is null`,
    );
  }
  await knex.schema.createTable('garbage', t => {
    t.comment('Objects of the artifact store whose rows are gone');
    t.text('location').primary();
    t.bigInteger('since').notNullable();
  });
  await knex.schema.createTable('chores', t => {
    t.comment('House-keeping; whoever moves due_at does it');
    t.text('name').primary();
    t.bigInteger('due_at').notNullable();
    t.bigInteger('done_at');
    t.text('result').comment('One sentence for people');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 3 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('chores');
  await knex.schema.dropTable('garbage');
  for (const what of ['logs', 'artifacts']) {
    await knex.raw(`drop index runs_${what}_kept_idx`);
  }
  await knex.schema.alterTable('runs', t => {
    t.dropColumn('logs_removed_at');
    t.dropColumn('artifacts_removed_at');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 2 });
};
