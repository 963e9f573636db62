/*
 * Where the executor stood in a log whose bytes have no offsets at their source
 * (that of a pod), as of the last bytes that were stored: from there another
 * process goes on exactly, or sees that something is missing in between.
 *
 * Cost: one empty column. Older code leaves it alone: what it stores meanwhile
 * is behind the place, and is dropped once more by who goes on from it.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('attempts', t => {
    t.text('log_place').comment(
      "JSON {at, token}: at is a raw offset, token the executor's own",
    );
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 12 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('attempts', t => {
    t.dropColumn('log_place');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 11 });
};
