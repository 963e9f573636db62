import { attemptFiles } from '@maestro/plugin-maestro-node';
import { taskEnvironment } from './environment';

const options = {
  own: {
    PATH: '/usr/bin',
    HOME: '/home/ml',
    LANG: 'C.UTF-8',
    POSTGRES_PASSWORD: 'secret',
    BACKEND_SECRET: 'secret',
    NODE_OPTIONS: '--inspect',
    HTTPS_PROXY: 'http://proxy',
  },
  passed: [],
  requested: {},
  sourceDir: '/data/sources/abc',
  files: attemptFiles('/data', 'a1'),
};

it('inherits no more than a task needs', () => {
  expect(taskEnvironment(options)).toEqual({
    PATH: '/usr/bin',
    HOME: '/home/ml',
    LANG: 'C.UTF-8',
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    TMPDIR: '/data/attempts/a1/tmp',
    MAESTRO_SOURCE: '/data/sources/abc',
    MAESTRO_OUTPUT: '/data/attempts/a1/output.json',
  });
});

it('inherits what is named, besides', () => {
  expect(
    taskEnvironment({ ...options, passed: ['HTTPS_PROXY', 'NOT_SET'] }),
  ).toMatchObject({ HTTPS_PROXY: 'http://proxy' });
  expect(
    taskEnvironment({ ...options, passed: ['NOT_SET'] }),
  ).not.toHaveProperty('NOT_SET');
});

it('puts the Python environment first on PATH, also before a path of the pipeline', () => {
  const python = '/opt/python/bin';
  expect(taskEnvironment({ ...options, python }).PATH).toBe(
    '/opt/python/bin:/usr/bin',
  );
  expect(
    taskEnvironment({ ...options, python, requested: { PATH: '/own' } }).PATH,
  ).toBe('/opt/python/bin:/own');
});

it('lets a pipeline change what is inherited, but not where its files are', () => {
  expect(
    taskEnvironment({
      ...options,
      requested: {
        LANG: 'de_DE.UTF-8',
        PYTHONUNBUFFERED: '',
        MAESTRO_OUTPUT: '/elsewhere',
        MAESTRO_SOURCE: '/elsewhere',
      },
    }),
  ).toMatchObject({
    LANG: 'de_DE.UTF-8',
    PYTHONUNBUFFERED: '',
    MAESTRO_OUTPUT: '/data/attempts/a1/output.json',
    MAESTRO_SOURCE: '/data/sources/abc',
  });
});
