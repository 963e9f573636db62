/*
 * The first schema of Maestro: everything that decision records and the design
 * call "the database is the only truth about a run".
 *
 * Rules that hold in every table:
 * - instants are bigint epoch milliseconds UTC, taken from the database clock;
 * - JSON is text and never queried: what is filtered on has a column;
 * - internal keys are bigint, what the outside sees is a UUIDv7;
 * - what must not exist twice is refused by an index, not by code.
 *
 * Upgrades expand first and contract later. `schema_meta` says which version
 * the schema has and which code may still work with it, because knex refuses
 * older code on a newer database, and a rollback must stay possible.
 *
 * Cost: creates empty tables. Safe to run by hand, idempotent by knex' own
 * ledger; `down` drops everything, with the data.
 */

// @ts-check

const TABLES_IN_ORDER = [
  'schema_meta',
  'pipelines',
  'pipeline_versions',
  'source_blobs',
  'version_files',
  'pipeline_problems',
  'runs',
  'ticks',
  'timers',
  'task_instances',
  'attempts',
  'waits',
  'pools',
  'outputs',
  'events',
  'log_chunks',
  'artifacts',
  'connections',
  'variables',
  'executor_instances',
];

/** @param {import('knex').Knex} knex */
exports.up = async function up(knex) {
  const isPg = knex.client.config.client === 'pg';

  await knex.schema.createTable('schema_meta', t => {
    t.comment(
      'One row: version of the schema, and the oldest code that may use it',
    );
    t.integer('id').primary();
    t.integer('version').notNullable();
    t.integer('min_code').notNullable();
  });
  await knex('schema_meta').insert({ id: 1, version: 1, min_code: 1 });

  await knex.schema.createTable('pipelines', t => {
    t.comment('One row a pipeline entity, kept after the entity is gone');
    t.bigIncrements('id');
    t.text('name').notNullable().unique({ indexName: 'pipelines_name_uq' });
    t.text('entity_ref').notNullable();
    t.text('owner_ref').notNullable();
    t.text('title');
    t.text('description');
    t.text('type').notNullable();
    t.text('tags').notNullable().comment('JSON list');
    t.bigInteger('current_version_id').comment(
      'What the next run is pinned to',
    );
    t.boolean('paused').notNullable().defaultTo(false);
    t.bigInteger('paused_at');
    t.text('paused_by');
    t.text('location').comment('Where the entity was read from');
    t.bigInteger('created_at').notNullable();
    t.bigInteger('seen_at')
      .notNullable()
      .comment('Last successful listing that had it');
    t.bigInteger('missing_since').comment(
      'First full listing that did not have it',
    );
    t.bigInteger('removed_at').comment('Schedules stopped, history kept');
    t.bigInteger('revision').notNullable().defaultTo(0);
  });

  await knex.schema.createTable('pipeline_versions', t => {
    t.comment('Immutable: canonical definition and source files of one read');
    t.bigIncrements('id');
    t.bigInteger('pipeline_id').notNullable();
    t.integer('number').notNullable().comment('1, 2, … within the pipeline');
    t.text('hash').notNullable().comment('SHA-256 over definition and sources');
    t.text('definition').notNullable().comment('PipelineDefinition as JSON');
    t.text('source_ref').comment('Commit or etag of the tree that was read');
    t.bigInteger('created_at').notNullable();
    t.unique(['pipeline_id', 'hash'], {
      indexName: 'pipeline_versions_hash_uq',
    });
    t.unique(['pipeline_id', 'number'], {
      indexName: 'pipeline_versions_number_uq',
    });
  });

  await knex.schema.createTable('source_blobs', t => {
    t.comment('Contents of source files, each stored once');
    t.text('hash').primary().comment('SHA-256 of the content');
    t.integer('size').notNullable();
    t.binary('content').notNullable();
  });

  await knex.schema.createTable('version_files', t => {
    t.comment('Tree of a version');
    t.bigInteger('version_id').notNullable();
    t.text('path').notNullable();
    t.text('blob_hash').notNullable();
    t.boolean('executable').notNullable().defaultTo(false);
    t.primary(['version_id', 'path']);
    t.index(['blob_hash'], 'version_files_blob_idx');
  });

  await knex.schema.createTable('pipeline_problems', t => {
    t.comment('Pipelines that are invalid now; the last good version goes on');
    t.text('entity_ref').primary();
    t.text('name').notNullable();
    t.text('location');
    t.text('problems').notNullable().comment('JSON list of {path, message, …}');
    t.bigInteger('since').notNullable();
    t.bigInteger('seen_at').notNullable();
  });

  await knex.schema.createTable('runs', t => {
    t.comment(
      'One row a run; locked by every transaction that changes its tasks',
    );
    t.bigIncrements('id');
    t.text('run_id')
      .notNullable()
      .unique({ indexName: 'runs_run_id_uq' })
      .comment('UUIDv7');
    t.bigInteger('pipeline_id').notNullable();
    t.bigInteger('version_id').notNullable();
    t.text('run_key')
      .notNullable()
      .comment(
        'Unique in the pipeline, such as scheduled__2026-11-22T04:00:00.000Z',
      );
    t.text('trigger').notNullable();
    t.text('state').notNullable();
    t.text('state_reason');
    t.bigInteger('logical_date');
    t.bigInteger('data_interval_start');
    t.bigInteger('data_interval_end');
    t.bigInteger('run_after').notNullable().comment('What lists are sorted by');
    t.bigInteger('created_at').notNullable();
    t.bigInteger('started_at');
    t.bigInteger('ended_at');
    t.text('created_by');
    t.text('params').notNullable().comment('JSON object, defaults applied');
    t.text('note');
    t.integer('priority').notNullable().defaultTo(0);
    t.integer('clear_count').notNullable().defaultTo(0);
    t.bigInteger('revision')
      .notNullable()
      .defaultTo(0)
      .comment('+1 a transaction');
    t.bigInteger('event_seq').notNullable().defaultTo(0);
    t.bigInteger('cancel_requested_at');
    t.text('cancel_requested_by');
    t.bigInteger('sla_deadline');
    t.text('sla_state').notNullable().defaultTo('none');
    t.bigInteger('sla_decided_at');
    t.integer('alert_count').notNullable().defaultTo(0);
    t.text('alert_severity').comment('Worst severity of its alerts');
    t.text('digest').comment(
      'States and durations of a final run, packed for the grid',
    );
    t.unique(['pipeline_id', 'run_key'], { indexName: 'runs_run_key_uq' });
    t.index(['run_after', 'id'], 'runs_run_after_idx');
  });
  await knex.raw(
    'create index runs_pipeline_run_after_idx on runs (pipeline_id, run_after desc, id desc)',
  );
  await knex.raw(
    "create index runs_live_idx on runs (state, pipeline_id, run_after, id) where state in ('queued', 'running')",
  );

  await knex.schema.createTable('ticks', t => {
    t.comment('Exactly one outcome for each due time of each schedule');
    t.bigInteger('pipeline_id').notNullable();
    t.text('schedule_id').notNullable();
    t.bigInteger('due_at').notNullable();
    t.text('outcome').notNullable().comment('run or skipped');
    t.bigInteger('run_id');
    t.text('reason').comment('paused, catchup_off, overlap, when, …');
    t.bigInteger('decided_at').notNullable();
    t.primary(['pipeline_id', 'schedule_id', 'due_at']);
  });

  await knex.schema.createTable('timers', t => {
    t.comment(
      'Everything that must happen at a time; re-checked when it fires',
    );
    t.bigIncrements('id');
    t.bigInteger('due_at').notNullable();
    t.text('kind').notNullable();
    t.text('ref').notNullable();
    t.bigInteger('run_id').comment('Deleted with the run');
    t.unique(['kind', 'ref'], { indexName: 'timers_kind_ref_uq' });
    t.index(['due_at', 'id'], 'timers_due_idx');
    t.index(['run_id'], 'timers_run_idx');
  });

  await knex.schema.createTable('task_instances', t => {
    t.comment('run × task × map index');
    t.bigInteger('run_id').notNullable();
    t.integer('task_no').notNullable();
    t.integer('map_index').notNullable().defaultTo(-1);
    t.text('state').notNullable();
    t.text('reason').comment('Why it is in this state, one sentence');
    t.integer('try_number')
      .notNullable()
      .defaultTo(0)
      .comment('Tries begun since the last clear');
    t.integer('attempt_seq').notNullable().defaultTo(0);
    t.integer('infra_retries')
      .notNullable()
      .defaultTo(0)
      .comment('In a row, not counted as tries');
    t.text('executor');
    t.text('pool');
    t.integer('priority').notNullable().defaultTo(1);
    t.bigInteger('ready_at').comment(
      'Upstreams done: the clock of its SLA and its place in the queue',
    );
    t.bigInteger('queued_at');
    t.bigInteger('started_at').comment('Of the latest try');
    t.bigInteger('ended_at');
    t.bigInteger('next_try_at');
    t.text('sla_state').notNullable().defaultTo('none');
    t.text('note');
    t.primary(['run_id', 'task_no', 'map_index']);
  });
  await knex.raw(
    "create index task_instances_ready_idx on task_instances (priority desc, ready_at, run_id, task_no, map_index) where state = 'scheduled'",
  );
  await knex.raw(
    "create index task_instances_live_idx on task_instances (state, run_id) where state in ('queued', 'running', 'up_for_retry', 'up_for_reschedule', 'deferred')",
  );

  await knex.schema.createTable('attempts', t => {
    t.comment('One thing launched; several may belong to one try');
    t.bigIncrements('id');
    t.text('attempt_id')
      .notNullable()
      .unique({ indexName: 'attempts_attempt_id_uq' })
      .comment('UUIDv7');
    t.bigInteger('run_id').notNullable();
    t.bigInteger('pipeline_id').notNullable();
    t.integer('task_no').notNullable();
    t.integer('map_index').notNullable();
    t.integer('seq').notNullable();
    t.integer('try_number').notNullable();
    t.integer('resume_no').notNullable().defaultTo(0);
    t.boolean('counts_as_retry').notNullable().defaultTo(true);
    t.text('state').notNullable().comment('claimed, launched, running, ended');
    t.text('executor').notNullable();
    t.text('executor_instance').notNullable();
    t.text('pool');
    t.text('lease_owner').comment('Scheduler that launches it');
    t.bigInteger('lease_until').comment('Covers claim to launch only');
    t.text('token_hash').comment('SHA-256; null once it ended');
    t.bigInteger('claimed_at').notNullable();
    t.bigInteger('launched_at');
    t.bigInteger('started_at');
    t.bigInteger('ended_at');
    t.bigInteger('cancel_requested_at');
    t.text('cancel_reason').comment('cancelled, timeout, superseded, …');
    t.text('result').comment('success, failed, skipped');
    t.text('failure').comment('FailureClass');
    t.integer('exit_code');
    t.text('signal');
    t.text('message');
    t.text('object').comment('What people look for: pid 4711, a pod name');
    t.text('command').comment('Rendered argv, JSON, secrets masked');
    t.text('env').comment('Rendered environment, JSON, secrets masked');
    t.text('inputs').comment('Variable values and connection revisions, JSON');
    t.text('masks').comment(
      'Encrypted JSON list of what its log must not show; null once sealed',
    );
    t.text('image');
    t.text('image_digest');
    t.text('log_state')
      .notNullable()
      .defaultTo('open')
      .comment('open, sealed, none');
    t.text('log_location');
    t.bigInteger('log_bytes')
      .notNullable()
      .defaultTo(0)
      .comment('Bytes stored, after masking');
    t.bigInteger('log_raw_offset')
      .notNullable()
      .defaultTo(0)
      .comment('Bytes of raw log read');
    t.text('log_gap').comment('JSON {from, reason}, null when complete');
    t.unique(['run_id', 'task_no', 'map_index', 'seq'], {
      indexName: 'attempts_seq_uq',
    });
  });
  // The database itself refuses a second live attempt of a task instance.
  await knex.raw(
    "create unique index attempts_one_live_uq on attempts (run_id, task_no, map_index) where state <> 'ended'",
  );
  // Limits are counted over these, never stored.
  await knex.raw(
    "create index attempts_live_executor_idx on attempts (executor, executor_instance, state) where state <> 'ended'",
  );
  await knex.raw(
    "create index attempts_live_pipeline_idx on attempts (pipeline_id) where state <> 'ended'",
  );
  await knex.raw(
    "create index attempts_live_pool_idx on attempts (pool) where state <> 'ended' and pool is not null",
  );
  await knex.raw(
    "create index attempts_log_open_idx on attempts (id) where log_state = 'open'",
  );

  await knex.schema.createTable('waits', t => {
    t.comment('Trigger row of a deferred task instance');
    t.bigInteger('run_id').notNullable();
    t.integer('task_no').notNullable();
    t.integer('map_index').notNullable();
    t.text('trigger').notNullable().comment('JSON: what is waited for');
    t.bigInteger('trigger_timeout_at');
    t.text('next_method');
    t.text('next_kwargs');
    t.bigInteger('created_at').notNullable();
    t.primary(['run_id', 'task_no', 'map_index']);
  });

  await knex.schema.createTable('pools', t => {
    t.comment('Limits by name; the row is the lock of a claim');
    t.text('name').primary();
    t.integer('slots').notNullable();
    t.text('description');
    t.bigInteger('updated_at').notNullable();
  });

  await knex.schema.createTable('outputs', t => {
    t.comment('What tasks hand on (Airflow: XCom)');
    t.bigInteger('run_id').notNullable();
    t.text('task_id').notNullable();
    t.integer('map_index').notNullable();
    t.text('key').notNullable();
    t.text('attempt_id').notNullable();
    t.text('value').comment('JSON; null when it is a blob');
    t.text('blob').comment('Location of a large value');
    t.bigInteger('size').notNullable();
    t.bigInteger('created_at').notNullable();
    t.primary(['run_id', 'task_id', 'map_index', 'key']);
  });

  await knex.schema.createTable('events', t => {
    t.comment('Append-only history of a run');
    t.bigIncrements('id');
    t.bigInteger('run_id').notNullable();
    t.bigInteger('seq').notNullable();
    t.bigInteger('at').notNullable();
    t.text('type').notNullable();
    t.integer('schema_version').notNullable().defaultTo(1);
    t.text('actor');
    t.text('attempt_id');
    t.text('body').notNullable().comment('JSON');
    t.unique(['run_id', 'seq'], { indexName: 'events_run_seq_uq' });
  });

  await knex.schema.createTable('log_chunks', t => {
    t.comment(
      'Live log, masked; replaced by one sealed object when the attempt ends',
    );
    t.bigInteger('attempt').notNullable().comment('attempts.id');
    t.bigInteger('offset').notNullable();
    t.integer('size').notNullable();
    t.binary('bytes').notNullable();
    t.primary(['attempt', 'offset']);
  });

  await knex.schema.createTable('artifacts', t => {
    t.comment('Reports of tasks; the bytes stand in the artifact store');
    t.bigIncrements('id');
    t.bigInteger('run_id').notNullable();
    t.integer('task_no').notNullable();
    t.integer('map_index').notNullable();
    t.text('attempt_id').notNullable();
    t.text('name').notNullable();
    t.text('title');
    t.text('content_type').notNullable();
    t.bigInteger('size').notNullable();
    t.text('location').notNullable();
    t.bigInteger('created_at').notNullable();
    t.unique(['run_id', 'task_no', 'map_index', 'name'], {
      indexName: 'artifacts_name_uq',
    });
  });

  await knex.schema.createTable('connections', t => {
    t.comment(
      'Secret fields are v1:keyId:iv:tag:ct, bound to table, id and field',
    );
    t.bigIncrements('id');
    t.text('conn_id')
      .notNullable()
      .unique({ indexName: 'connections_conn_id_uq' });
    t.text('conn_type').notNullable();
    t.text('host');
    t.integer('port');
    t.text('login');
    t.text('schema');
    t.text('password').comment('Encrypted');
    t.text('extra').comment('Encrypted JSON object');
    t.text('description');
    t.bigInteger('revision').notNullable().defaultTo(1);
    t.bigInteger('created_at').notNullable();
    t.bigInteger('updated_at').notNullable();
    t.text('updated_by').notNullable();
    t.bigInteger('tested_at');
    t.text('test_result').comment('JSON of the last test');
  });

  await knex.schema.createTable('variables', t => {
    t.comment('Text is kept exactly as given: 0.80 stays 0.80');
    t.bigIncrements('id');
    t.text('key').notNullable().unique({ indexName: 'variables_key_uq' });
    t.text('value').comment('Plain text; null when secret');
    t.text('secret_value').comment('Encrypted; null when not secret');
    t.text('description');
    t.bigInteger('revision').notNullable().defaultTo(1);
    t.bigInteger('created_at').notNullable();
    t.bigInteger('updated_at').notNullable();
    t.text('updated_by').notNullable();
  });

  await knex.schema.createTable('executor_instances', t => {
    t.comment('Who may adopt or kill what; silent for its TTL means lost');
    t.text('executor').notNullable();
    t.text('instance').notNullable();
    t.text('scheduler').notNullable();
    t.text('host');
    t.bigInteger('seen_at').notNullable();
    t.bigInteger('ttl').notNullable().comment('Milliseconds');
    t.primary(['executor', 'instance']);
  });

  if (isPg) {
    // Hot rows are updated many times: room on the page keeps updates HOT.
    for (const table of ['runs', 'task_instances', 'attempts', 'timers']) {
      await knex.raw(`alter table ${table} set (fillfactor = 80)`);
    }
  }
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  for (const table of [...TABLES_IN_ORDER].reverse()) {
    await knex.schema.dropTable(table);
  }
};
