import { compileCondition, renderTemplate } from '../expressions/expressions';
import { webhookParams } from './webhookParams';

const hook = (params: Record<string, string>) => ({ id: 'deploy', params });

describe('params of a webhook', () => {
  const body = {
    ref: 'refs/heads/main',
    commits: [{ id: 'a' }, { id: 'b' }],
    count: 3,
    nested: { list: [1, 2] },
  };

  it.each<[string, string, unknown]>([
    ['a text', 'request.body.ref', 'refs/heads/main'],
    ['a number', 'request.body.count', 3],
    ['an integer of CEL', 'size(request.body.commits)', 2],
    ['a list', 'request.body.nested.list', [1, 2]],
    ['a macro', 'request.body.commits.map(c, c.id)', ['a', 'b']],
    ['a default', 'has(request.body.x) ? request.body.x : "none"', 'none'],
  ])('%s', (_, source, value) => {
    expect(webhookParams(hook({ p: source }), body)).toStrictEqual({
      p: value,
    });
  });

  it.each<[string, string, RegExp]>([
    ['a field that is not there', 'request.body.nothing', /Param "p".*nothing/],
    ['another name', 'params.x', /"params" is not known to a webhook/],
    ['the item of a mapped task', 'item', /"item" is not known to a webhook/],
    ['an answer', 'response.body', /"response" is not known to a webhook/],
    ['a header', 'request.headers.x', /request\.body/],
    ['no expression', '1 +', /Param "p"/],
  ])('%s is refused by name', (_, source, message) => {
    expect(() => webhookParams(hook({ p: source }), body)).toThrow(message);
  });

  it.each([[undefined], [null], [[]], ['text'], [7]])(
    'a body that is %p is refused, not a crash',
    odd => {
      expect(() => webhookParams(hook({ p: 'request.body.ref' }), odd)).toThrow(
        /Param "p"/,
      );
    },
  );

  it('does not walk over a list that is too long', () => {
    const long = { list: Array.from({ length: 5_000 }, (_, i) => i) };
    expect(() =>
      webhookParams(hook({ p: 'request.body.list.map(i, i)' }), long),
    ).toThrow(/at most 1000/);
  });

  it('gives a pipeline no request', () => {
    expect(() => compileCondition('request.body.x == 1')).toThrow(
      /known to webhooks only/,
    );
    expect(() => renderTemplate('${{ request.body }}', {})).toThrow(
      /known to webhooks only/,
    );
  });
});
