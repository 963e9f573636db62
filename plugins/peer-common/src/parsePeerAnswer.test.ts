import { z } from 'zod';
import { parsePeerAnswer } from './parsePeerAnswer';

describe('parsePeerAnswer', () => {
  const read = (status: number, text: string) =>
    parsePeerAnswer({ status, text }, z.object({ n: z.number() }), {
      refusal: json => new Error(`refused: ${JSON.stringify(json)}`),
      stranger: detail => new Error(`not the peer: ${detail}`),
    });

  it('returns what has the expected shape', () => {
    expect(read(200, '{"n": 1, "more": true}')).toEqual({ n: 1 });
  });

  it('hands a refusal over with its JSON, or without when it has none', () => {
    expect(() => read(404, '{"why": 1}')).toThrow('refused: {"why":1}');
    expect(() => read(502, '<html>')).toThrow('refused: undefined');
  });

  it('says where the shape differs, and shows text that is no JSON in short', () => {
    expect(() => read(200, '{"n": "1"}')).toThrow(/not the peer: at n: /);
    expect(() => read(200, '[]')).toThrow(/not the peer: at the top: /);
    expect(() => read(200, `<html>${'x'.repeat(9_999)}`)).toThrow(
      /^not the peer: no JSON: <html>x{194}…$/,
    );
    expect(() => read(200, '')).toThrow(/^not the peer: no JSON: $/);
  });
});
