import { MEMBER_BYTES, sealLog } from './sealedLog';

it('packs each member while the event loop goes on', async () => {
  let turn = 0;
  let next: NodeJS.Immediate;
  const go = () => {
    turn += 1;
    next = setImmediate(go);
  };
  next = setImmediate(go);
  const line = Buffer.alloc(MEMBER_BYTES, 'epoch 1 loss=0.5\n');
  async function* segments() {
    for (let i = 0; i < 8; i++) yield { offset: i * MEMBER_BYTES, bytes: line };
  }
  const turns: number[] = [];
  for await (const _part of sealLog(segments())) turns.push(turn);
  clearImmediate(next);
  // The index, which is small, comes with the last one.
  expect(new Set(turns).size).toBe(8);
});
