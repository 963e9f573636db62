const fs = require('fs');
const path = require('path');
const {
  ARROWS,
  CORE,
  CORE_ROOMS,
  IN_TESTS,
  TEST_FILE,
} = require('../arrows.cjs');

const SCOPE = '@maestro/';

/** "@maestro/plugin-maestro-node/alpha" → { name: "maestro-node", subpath: "./alpha" } */
function parseImport(source) {
  const [scope, name, ...rest] = source.split('/');
  if (!name) return undefined;
  return {
    packageName: `${scope}/${name}`,
    name: name.replace(/^plugin-/, ''),
    subpath: rest.length ? `./${rest.join('/')}` : undefined,
  };
}

function folderOf(root, file) {
  const [group, name] = path.relative(root, file).split(path.sep);
  return group === 'packages' || group === 'plugins'
    ? `${group}/${name}`
    : undefined;
}

/** Sub-paths a package offers; only these may be imported beside its main entry. */
function offered(root, name) {
  for (const group of ['plugins', 'packages']) {
    const file = path.join(root, group, name, 'package.json');
    if (fs.existsSync(file))
      return Object.keys(
        JSON.parse(fs.readFileSync(file, 'utf8')).exports ?? {},
      );
  }
  return [];
}

/** The folder of the core that a file is in; `.` beside them, undefined outside. */
function roomOf(root, file) {
  const [room, ...rest] = path
    .relative(path.join(root, CORE), file)
    .split(path.sep);
  if (room === '..') return undefined;
  return rest.length ? room : '.';
}

/** Between the rooms of the core. Tests may import from all of them. */
function judgeRooms(root, file, source) {
  const from = roomOf(root, file);
  if (from === undefined || TEST_FILE.test(file)) return undefined;
  const allowed = CORE_ROOMS[from];
  if (!allowed)
    return `The folder ${CORE}/${from} has no row in packages/bootstrap/lint/arrows.cjs; add what it may import.`;
  const to = roomOf(root, path.resolve(path.dirname(file), source));
  if (to === undefined)
    return `'${source}' leaves the core, which imports nothing around it.`;
  return to === from || allowed.includes(to)
    ? undefined
    : `${CORE}/${from} must not import ${to}; it may import ${
        allowed.join(', ') || 'no other folder of the core'
      }.`;
}

function judge(root, file, source) {
  const from = folderOf(root, file);
  if (!from) return undefined;
  if (source.startsWith('.')) {
    const to = folderOf(root, path.resolve(path.dirname(file), source));
    return to === from
      ? judgeRooms(root, file, source)
      : `'${source}' leaves the package ${from}; import the other package by its name.`;
  }
  if (!source.startsWith(SCOPE)) return undefined;
  if (!(from in ARROWS))
    return `The package ${from} has no row in packages/bootstrap/lint/arrows.cjs; add what it may import.`;
  const wanted = parseImport(source);
  if (!wanted) return undefined;
  if (wanted.name === path.basename(from))
    return `${from} imports itself by name; use a relative path.`;
  const allowed = [
    ...ARROWS[from],
    ...(TEST_FILE.test(file) ? IN_TESTS[from] ?? [] : []),
  ];
  if (!allowed.includes(wanted.name))
    return `${from} must not import ${wanted.packageName}; it may import ${
      allowed.join(', ') || 'no package of ours'
    }.`;
  if (wanted.subpath && !offered(root, wanted.name).includes(wanted.subpath))
    return `'${source}' reaches into another package; import what its package.json exports.`;
  return undefined;
}

module.exports = {
  meta: {
    type: 'problem',
    docs: { description: 'imports between packages go along the arrows only' },
    schema: [
      {
        type: 'object',
        properties: { root: { type: 'string' } },
        required: ['root'],
        additionalProperties: false,
      },
    ],
  },
  create(context) {
    const { root } = context.options[0];
    const check = node => {
      if (!node || typeof node.value !== 'string') return;
      const message = judge(root, context.getFilename(), node.value);
      if (message) context.report({ node, message });
    };
    return {
      ImportDeclaration: node => check(node.source),
      ExportNamedDeclaration: node => check(node.source),
      ExportAllDeclaration: node => check(node.source),
      ImportExpression: node => check(node.source),
      // import type x = require('…'), and import('…').T in a type
      TSExternalModuleReference: node => check(node.expression),
      TSImportType: node => check(node.argument?.literal ?? node.argument),
      CallExpression(node) {
        const { callee } = node;
        const called =
          callee.type === 'MemberExpression'
            ? `${callee.object.name}.${callee.property.name}`
            : callee.name;
        if (
          [
            'require',
            'require.resolve',
            'jest.mock',
            'jest.requireActual',
          ].includes(called)
        )
          check(node.arguments[0]);
      },
    };
  },
};
