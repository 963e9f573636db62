/*
 * Mapped tasks: the item of each instance, pinned when the list is evaluated,
 * so that a retry, a clear of one instance and a crash all see the same one.
 *
 * Cost: two empty columns, without rewriting the table. Older code leaves them
 * alone; it never meets an instance with a map index of 0 or more unless a
 * newer one has made it.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('task_instances', t => {
    t.text('item').comment(
      'JSON; null when it is no instance of a map, or leaves',
    );
    t.text('item_shown').comment('As it may be shown; null when that is item');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 4 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('task_instances', t => {
    t.dropColumn('item');
    t.dropColumn('item_shown');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 3 });
};
