import { entity, problemsOf, run } from '../__testUtils__/entity';

const claim = { mountPath: '/data', claim: 'data' };

/** What the validator says, by the place that it says it of. */
const placesOf = (spec: object) =>
  problemsOf(entity(spec)).map(({ path }) => path);

const ofTask = (kubernetes: object) =>
  placesOf({ tasks: [{ id: 'a', run, kubernetes }] });

it.each<[string, object, string[]]>([
  ['a claim', { volumes: [claim] }, []],
  [
    'what is Maestro’s own',
    { podSpec: { restartPolicy: 'Always' } },
    ['podSpec.restartPolicy'],
  ],
  [
    'a label of Maestro',
    { labels: { 'maestro.dev/run': 'x' } },
    ['labels["maestro.dev/run"]'],
  ],
  [
    'an annotation of Maestro',
    { annotations: { 'maestro.dev/end': 'x' } },
    ['annotations["maestro.dev/end"]'],
  ],
  [
    'a Secret of Maestro',
    { volumes: [claim, { mountPath: '/s', secret: 'maestro-1' }] },
    ['volumes[1].secret'],
  ],
  [
    'a mount over Maestro',
    { volumes: [{ ...claim, mountPath: '/maestro/x' }] },
    ['volumes[0].mountPath'],
  ],
  [
    'a mount over all',
    { volumes: [{ ...claim, mountPath: '/' }] },
    ['volumes[0].mountPath'],
  ],
  [
    'two mounts at one place',
    { volumes: [claim, claim] },
    ['volumes[1].mountPath'],
  ],
  [
    'two containers of one name',
    {
      sidecars: [
        { name: 'b', image: 'i' },
        { name: 'b', image: 'i' },
      ],
    },
    ['sidecars[1].name'],
  ],
  [
    'a volume of nothing',
    { volumes: [{ mountPath: '/data' }] },
    ['volumes[0]'],
  ],
  [
    'a volume of two things',
    { volumes: [{ ...claim, secret: 's' }] },
    ['volumes[0]'],
  ],
  ['a volume of a Secret', { volumes: [{ mountPath: '/s', secret: 's' }] }, []],
])('%s', (_, kubernetes, places) => {
  expect(ofTask(kubernetes)).toStrictEqual(
    places.map(place => `spec.tasks[0].kubernetes.${place}`),
  );
});

it('judges the defaults as a task, and each task', () => {
  const kubernetes = { podSpec: { hostPID: true } };
  expect(
    placesOf({
      defaults: { kubernetes },
      tasks: [
        { id: 'a', run },
        { id: 'b', run, kubernetes },
      ],
    }),
  ).toStrictEqual([
    'spec.defaults.kubernetes.podSpec.hostPID',
    'spec.tasks[1].kubernetes.podSpec.hostPID',
  ]);
});

it('leaves what has a wrong type to the schema', () => {
  expect(ofTask({ podSpec: { hostPID: true }, volumes: 7 })).toStrictEqual([
    'spec.tasks[0].kubernetes.volumes',
  ]);
});
