import { eachLogDatabase, MiB, PlacedExecutor } from './__testUtils__/logTest';

eachLogDatabase(({ setUp, attempt, until, whole }) => {
  it('says where nobody knows whether something is missing', async () => {
    const { db, collector, reader } = await setUp();
    const executor = new PlacedExecutor();
    executor.doubt = 'it was read late';
    const id = await attempt(db);
    executor.write(id, 'one\n', true);
    const logs = collector({}, 100 * MiB, executor);
    logs.ended(id);
    await logs.idle();
    // Nothing stands in the log that the task did not write.
    expect(await reader.readPage(id)).toMatchObject({
      text: 'one\n',
      completeness: 'unknown',
      gap: 'executor "local" is not certain that these are all lines: it was read late',
    });
  });

  it('waits out an executor that is away, and gives up with a gap at last', async () => {
    const { db, executor, collector, reader } = await setUp();
    const [back, gone] = [await attempt(db), await attempt(db)];
    executor.write(back, 'all of it', true);
    executor.failReads = 1;
    const logs = collector({ giveUpMs: 1_000 });
    logs.ended(back);
    await logs.idle();
    expect((await whole(reader, back)).toString()).toBe('all of it');

    executor.write(gone, 'first part ');
    logs.started({ attemptId: gone });
    logs.grew(gone);
    await until(async () => (await reader.read(gone)).size === 11);
    executor.failReads = Infinity;
    logs.ended(gone);
    await logs.idle();
    expect((await whole(reader, gone)).toString()).toBe(
      'first part \n[maestro] The rest of this log is lost: Executor "local" cannot give the log: the API server is away.\n',
    );
    expect((await reader.read(gone)).gap).toMatch(/API server is away/);
  });

  it('says once what is missing at the end, however often the object store is away', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    executor.write(id, 'kept\n', true);
    const read = executor.readLog.bind(executor);
    executor.readLog = async (of, options) => {
      const slice = await read(of, options);
      return slice.end && slice.bytes.length === 0
        ? { ...slice, missing: 'the pod is gone' }
        : { ...slice, end: false };
    };
    const put = jest.spyOn(store, 'put');
    for (let i = 0; i < 3; i++) {
      put.mockRejectedValueOnce(new Error('ENOSPC: no space left'));
    }
    const logs = collector();
    logs.ended(id);
    await logs.idle();
    expect(put).toHaveBeenCalledTimes(4);
    expect((await whole(reader, id)).toString()).toBe(
      'kept\n\n[maestro] Gap: executor "local" could not read some lines: the pod is gone.\n',
    );
    expect((await reader.read(id)).gap).toMatch(/the pod is gone/);
  });

  it('says again what is missing behind bytes that came after all', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    executor.write(id, 'a', true);
    const read = executor.readLog.bind(executor);
    executor.readLog = async (of, options) => {
      const slice = await read(of, options);
      return slice.end && slice.bytes.length === 0
        ? { ...slice, missing: 'it is away' }
        : { ...slice, end: false };
    };
    const put = store.put.bind(store);
    let puts = 0;
    store.put = async (key, content) => {
      puts += 1;
      if (puts > 1) return put(key, content);
      executor.write(id, 'b', true);
      throw new Error('ENOSPC: no space left');
    };
    const logs = collector();
    logs.ended(id);
    await logs.idle();
    const gap =
      '\n[maestro] Gap: executor "local" could not read some lines: it is away.\n';
    expect((await whole(reader, id)).toString()).toBe(`a${gap}b${gap}`);
  });
});
