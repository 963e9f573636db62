/*
 * The step cache: results of tasks under the key of what they were made from,
 * and their parts (outputs and reports), which keep objects of the artifact
 * store alive together with the runs that use them. Also what followed from a
 * failure, kept on the attempt.
 *
 * Cost: empty columns and tables, and two partial indexes over what stands in
 * the artifact store (a second for each million). Older code leaves all of it
 * alone; it would delete objects of a removed run that the cache still names,
 * so a rollback empties the cache (down does).
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('attempts', t => {
    t.text('follow_up').comment(
      'JSON: action, counted, nextTryAt (epoch ms), reason',
    );
    t.text('cache_key').comment('Under which its results are kept');
  });
  await knex.schema.alterTable('runs', t => {
    t.boolean('no_cache').notNullable().defaultTo(false);
  });
  await knex.schema.alterTable('task_instances', t => {
    t.boolean('no_cache').notNullable().defaultTo(false);
    t.text('cache_hit').comment('JSON: runId, attemptId, savedMs, key');
  });
  await knex.schema.createTable('step_cache', t => {
    t.comment('Newest result of a task for each key');
    t.bigIncrements('id');
    t.bigInteger('pipeline_id').notNullable();
    t.text('key').notNullable();
    t.text('task_id').notNullable();
    t.text('run_id').notNullable().comment('Public id; may be gone');
    t.text('attempt_id').notNullable();
    t.bigInteger('duration_ms').notNullable();
    t.bigInteger('created_at').notNullable();
    t.bigInteger('expires_at').notNullable();
    t.bigInteger('used_at').notNullable().comment('Made, or reused last');
    t.integer('hits').notNullable().defaultTo(0);
    t.unique(['pipeline_id', 'key'], { indexName: 'step_cache_key_uq' });
    t.index(['expires_at'], 'step_cache_expires_idx');
  });
  await knex.schema.createTable('step_cache_parts', t => {
    t.comment('Outputs and reports of a result');
    t.bigInteger('entry_id').notNullable();
    t.text('kind').notNullable().comment('output, report');
    t.text('name').notNullable();
    t.text('value').comment('JSON of an output; null when it is a blob');
    t.text('shown').comment('As in outputs');
    t.text('blob').comment('Location in the artifact store');
    t.text('title');
    t.text('content_type');
    t.bigInteger('size').notNullable();
    t.primary(['entry_id', 'kind', 'name']);
  });
  await knex.raw(
    'create index step_cache_parts_blob_idx on step_cache_parts (blob) where blob is not null',
  );
  await knex.raw(
    'create index outputs_blob_idx on outputs (blob) where blob is not null',
  );
  await knex.raw('create index artifacts_location_idx on artifacts (location)');
  // Later ones may have been applied before this one.
  await knex('schema_meta').where('version', '<', 9).update({ version: 9 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.raw('drop index artifacts_location_idx');
  await knex.raw('drop index outputs_blob_idx');
  await knex.schema.dropTable('step_cache_parts');
  await knex.schema.dropTable('step_cache');
  await knex.schema.alterTable('task_instances', t => {
    t.dropColumn('cache_hit');
    t.dropColumn('no_cache');
  });
  await knex.schema.alterTable('runs', t => {
    t.dropColumn('no_cache');
  });
  await knex.schema.alterTable('attempts', t => {
    t.dropColumn('cache_key');
    t.dropColumn('follow_up');
  });
  await knex('schema_meta').where({ version: 9 }).update({ version: 8 });
};
