/*
 * A backfill knows which logical dates it was asked for: where data intervals are
 * months, and there are several due times a day, those that belong to it are not
 * all due times between its first and its last (28 to 31 March, 23:00, all have
 * the logical date 28 February, 23:00). So `planned_until` is the last due time that
 * was looked at, a member or not.
 *
 * Cost: two columns without a default, so no row is written. A backfill from
 * before has none and goes on with all due times of its range. Older code leaves
 * the columns alone, and takes all due times of the range for each backfill that
 * it goes on with.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('backfills', t => {
    t.bigInteger('logical_from').comment('First logical date asked for');
    t.bigInteger('logical_to').comment('Last logical date asked for');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 16 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('backfills', t => {
    t.dropColumn('logical_from');
    t.dropColumn('logical_to');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 15 });
};
