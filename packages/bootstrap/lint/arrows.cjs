/*
 * Who may import whom (docs: the tree in the architecture page). A package that
 * is not in the table is an error: whoever adds one decides where it stands.
 */

const backend = ['maestro-common', 'maestro-node'];

/** Folder of a package → folders of the packages it may import. */
const ARROWS = {
  'plugins/maestro-common': [],
  'plugins/maestro-node': ['maestro-common'],
  'plugins/maestro-backend': backend,
  'plugins/maestro-backend-module-local': backend,
  'plugins/maestro-backend-module-kubernetes': backend,
  // Its tasks are processes, too.
  'plugins/maestro-backend-module-airflow': [
    ...backend,
    'maestro-backend-module-local',
  ],
  'plugins/maestro-react': ['maestro-common'],
  'plugins/maestro': ['maestro-common', 'maestro-react'],
  'plugins/catalog-backend-module-maestro': [
    'maestro-common',
    'mlflow-common',
    'feast-common',
  ],
  'plugins/search-backend-module-maestro': ['maestro-common'],
  'plugins/scaffolder-backend-module-maestro': ['maestro-common'],
  // What services beside the portal share; it knows neither them nor Maestro.
  'plugins/peer-common': [],
  'plugins/peer-node': [],
  'plugins/peer-react': [],
  'plugins/mlflow-common': ['peer-common'],
  'plugins/mlflow-backend': ['mlflow-common', 'peer-node'],
  'plugins/mlflow': ['mlflow-common', 'peer-react'],
  'plugins/feast-common': ['peer-common'],
  'plugins/feast-backend': ['feast-common', 'peer-node'],
  'plugins/feast': ['feast-common', 'peer-react'],
  'packages/app': ['maestro', 'mlflow', 'feast'],
  'packages/backend': [
    'maestro-backend',
    'maestro-backend-module-local',
    'maestro-backend-module-kubernetes',
    'maestro-backend-module-airflow',
    'catalog-backend-module-maestro',
    'search-backend-module-maestro',
    'scaffolder-backend-module-maestro',
    'mlflow-backend',
    'feast-backend',
  ],
  'packages/cli': [
    'maestro-common',
    'maestro-node',
    'maestro-backend',
    'maestro-backend-module-local',
    'maestro-backend-module-kubernetes',
    'maestro-backend-module-airflow',
  ],
  'packages/bootstrap': [],
};

/** What tests of a package may import besides, e.g. an engine a real executor. */
const IN_TESTS = {
  'plugins/maestro-backend': ['maestro-backend-module-local'],
  'plugins/maestro-backend-module-kubernetes': ['maestro-backend'],
  'plugins/maestro-backend-module-airflow': [
    'maestro-backend',
    'catalog-backend-module-maestro',
  ],
  'plugins/catalog-backend-module-maestro': ['maestro-backend'],
};

/**
 * The rooms of the pure core: folder → folders beside it that it may import.
 * None imports what is outside of the core (docs/architecture.md).
 */
const CORE = 'plugins/maestro-common/src/core';
const CORE_ROOMS = {
  time: [],
  expressions: [],
  partitions: ['time'],
  kubernetes: ['expressions'],
  pipeline: ['time', 'partitions', 'kubernetes'],
  schedule: ['pipeline', 'partitions', 'expressions', 'time'],
  run: ['pipeline'],
  why: ['run', 'schedule', 'pipeline', 'expressions', 'time'],
  // What stands beside the rooms.
  '.': ['pipeline', 'kubernetes'],
};

const TEST_FILE = /\.test\.[cm]?[jt]sx?$|\/(tests|__tests__|__testUtils__)\//;

module.exports = { ARROWS, CORE, CORE_ROOMS, IN_TESTS, TEST_FILE };
