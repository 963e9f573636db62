import {
  choiceOf,
  choiceSchema,
  OPTIONS_FIELD,
  type QuestionChoice,
} from './questionChoice';

const asked = (choice: QuestionChoice) => ({
  answer: true,
  input: {
    type: 'object',
    properties: {
      why: { type: 'string' },
      [OPTIONS_FIELD]: choiceSchema(choice),
    },
  },
});

it.each<[string, QuestionChoice]>([
  ['one', { options: ['yes', 'no'], multiple: false }],
  [
    'one with a default',
    { options: ['yes', 'no'], multiple: false, defaults: ['no'] },
  ],
  ['several', { options: ['a', 'b', 'c'], multiple: true }],
  [
    'several with defaults',
    { options: ['a', 'b', 'c'], multiple: true, defaults: ['a', 'c'] },
  ],
  [
    'several, and none when nobody answers',
    { options: ['a', 'b'], multiple: true, defaults: [] },
  ],
])('a choice of %s is read as it was written', (_, choice) => {
  expect(choiceOf(asked(choice))).toEqual(choice);
});

it('a question without defaults, as Airflow sends it, has none', () => {
  for (const multiple of [false, true]) {
    const choice = { options: ['a', 'b'], multiple, defaults: null };
    expect(choiceSchema(choice)).not.toHaveProperty('default');
    expect(choiceOf(asked(choice))).toEqual({ options: ['a', 'b'], multiple });
  }
});

it('an answer is one of the options, or a list of some', () => {
  expect(choiceSchema({ options: ['a', 'b'], multiple: false })).toMatchObject({
    type: 'string',
    enum: ['a', 'b'],
  });
  expect(choiceSchema({ options: ['a', 'b'], multiple: true })).toMatchObject({
    type: 'array',
    items: { type: 'string', enum: ['a', 'b'] },
    minItems: 1,
    uniqueItems: true,
  });
});

it('a yes or a no has no options, whatever its fields are called', () => {
  const { input } = asked({ options: ['a', 'b'], multiple: false });
  expect(choiceOf({ input })).toBeUndefined();
  expect(choiceOf({ answer: false, input })).toBeUndefined();
  expect(choiceOf({ answer: true })).toBeUndefined();
  expect(
    choiceOf({
      answer: true,
      input: { properties: { [OPTIONS_FIELD]: { type: 'string' } } },
    }),
  ).toBeUndefined();
});
