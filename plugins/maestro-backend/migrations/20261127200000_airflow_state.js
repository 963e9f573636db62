/*
 * What tasks of Airflow wait for without a process (triggers, answers of people),
 * and what they keep beside their outputs.
 *
 * A wait for a trigger knows the attempt that began it, the hash of the token
 * with which the trigger calls the task API, and which scheduler runs it until
 * when. An attempt that has ended with a wait keeps its log open for what the
 * trigger writes (`log_kept`), and how its try goes on (`resume`, sealed).
 *
 * The state of tasks and assets is a small store of texts: that of a task
 * instance lives through its tries and goes with its run, that of an asset
 * stays.
 *
 * Cost: empty columns, two empty partial indexes, two empty tables. Older code
 * leaves them alone (so no foreign key: it removes runs without their states),
 * but knows no task that waits for a trigger, and would begin one that goes on
 * from its start: pause DAGs that defer while two builds run, and finish or
 * cancel those runs before a rollback.
 */

// @ts-check

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  await knex.schema.alterTable('attempts', t => {
    t.text('resume').comment('Sealed: the method its try goes on with');
    t.text('question').comment('JSON: what it asks people, secrets masked');
    t.text('log_kept').comment(
      'copying or copied: open for a trigger; complete: not any more',
    );
  });
  await knex.schema.alterTable('waits', t => {
    t.text('attempt_id').comment('The attempt that began it');
    t.text('token_hash').comment('Of the token of its trigger');
    t.text('host').comment('Scheduler that runs its trigger');
    t.bigInteger('host_until').comment('Then another one takes it over');
  });
  await knex.raw(
    "create index waits_trigger_idx on waits (host, host_until) where kind = 'trigger'",
  );
  await knex.raw(
    'create unique index waits_token_uq on waits (token_hash) where token_hash is not null',
  );
  await knex.schema.createTable('task_states', t => {
    t.bigInteger('run_id').notNullable();
    t.text('task_id').notNullable();
    t.integer('map_index').notNullable();
    t.text('key').notNullable();
    t.text('value').notNullable().comment('JSON');
    t.bigInteger('expires_at').comment('null: as long as the run');
    t.bigInteger('updated_at').notNullable();
    t.primary(['run_id', 'task_id', 'map_index', 'key']);
  });
  await knex.schema.createTable('asset_states', t => {
    t.text('asset').notNullable();
    t.text('key').notNullable();
    t.text('value').notNullable().comment('JSON');
    t.bigInteger('updated_at').notNullable();
    t.text('updated_by').notNullable().comment('DAG and task');
    t.primary(['asset', 'key']);
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 13 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('asset_states');
  await knex.schema.dropTable('task_states');
  await knex.raw('drop index waits_token_uq');
  await knex.raw('drop index waits_trigger_idx');
  await knex.schema.alterTable('waits', t => {
    for (const column of ['attempt_id', 'token_hash', 'host', 'host_until']) {
      t.dropColumn(column);
    }
  });
  await knex.schema.alterTable('attempts', t => {
    t.dropColumn('resume');
    t.dropColumn('question');
    t.dropColumn('log_kept');
  });
  await knex('schema_meta').where({ id: 1 }).update({ version: 12 });
};
