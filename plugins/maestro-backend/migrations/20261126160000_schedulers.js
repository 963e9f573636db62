/*
 * Who schedules: one row a backend process, renewed while it lives, so that
 * people see all of them from any of them, and a process that runs tasks on
 * its own machine finds out that it is not alone.
 *
 * Cost: one empty table, one update a process every five seconds. Older code
 * leaves it alone; it is not seen there, but schedules as before.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.createTable('schedulers', t => {
    t.comment('Backend processes; the row goes when one stops in order');
    t.text('name').primary().comment('New at each start');
    t.text('host').notNullable();
    t.text('role').notNullable().comment('all, portal or scheduler');
    t.text('version').notNullable().comment('Of the package, for people');
    t.integer('schema_version')
      .notNullable()
      .comment('Schema that its code is for');
    t.bigInteger('started_at').notNullable();
    t.bigInteger('seen_at').notNullable();
    t.bigInteger('ttl').notNullable().comment('Milliseconds');
    t.text('executors')
      .notNullable()
      .comment('JSON list: what it can run tasks on, and how that is');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 10 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('schedulers');
  await knex('schema_meta').where({ id: 1 }).update({ version: 9 });
};
