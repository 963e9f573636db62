import {
  airflowEnvironment,
  pythonPath,
  pythonSources,
} from './airflowEnvironment';

it('sees of the backend where programs and home are, language and time zone', () => {
  const own = {
    PATH: '/bin',
    HOME: '/home/x',
    LANG: 'C.UTF-8',
    LC_ALL: undefined,
    TZ: 'Europe/Berlin',
    USER: 'backend',
    TMPDIR: '/var/secret',
    AWS_SECRET_ACCESS_KEY: 'hidden',
    AIRFLOW_HOME: '/elsewhere',
  };
  const env = airflowEnvironment({ home: '/h', own, more: { TMPDIR: '/t' } });
  const ours = Object.keys(airflowEnvironment({ home: '/h', own: {} }));
  expect(
    Object.fromEntries(
      Object.entries(env).filter(([name]) => !ours.includes(name)),
    ),
  ).toEqual({
    PATH: '/bin',
    HOME: '/home/x',
    LANG: 'C.UTF-8',
    TZ: 'Europe/Berlin',
    TMPDIR: '/t',
  });
  expect(env.AIRFLOW_HOME).toBe('/h');
});

it('finds our package first, and those of the folders that a team names', () => {
  const sources = pythonSources();
  expect(pythonPath()).toBe(sources);
  expect(pythonPath({ PYTHONPATH: '' })).toBe(sources);
  expect(pythonPath({ PYTHONPATH: '/a:/b' })).toBe(`${sources}:/a:/b`);
  const { PYTHONPATH, OTHER } = airflowEnvironment({
    home: '/h',
    own: { PYTHONPATH: '/of/the/backend' },
    more: { PYTHONPATH: '/team', OTHER: 'x' },
  });
  expect(PYTHONPATH).toBe(`${sources}:/team`);
  expect(OTHER).toBe('x');
});
