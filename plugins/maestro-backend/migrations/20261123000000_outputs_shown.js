/*
 * What is shown of an output that holds a secret of its task: the same JSON
 * with the secret replaced. The value itself goes on to later tasks as it is.
 *
 * Cost: adds one empty column, without a look at the rows. Older code leaves
 * it alone and shows the value, as it always did; so it may go on.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('outputs', t => {
    t.text('shown').comment('JSON; null when the value itself may be shown');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 2 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.alterTable('outputs', t => {
    t.dropColumn('shown');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 1 });
};
