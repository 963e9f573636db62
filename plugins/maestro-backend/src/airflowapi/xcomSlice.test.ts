import { pythonSlice } from './xcomSlice';

const five = [0, 1, 2, 3, 4];

describe('slices of mapped XComs', () => {
  // What Python says of list(range(5))[start:stop:step].
  it.each([
    [{}, [0, 1, 2, 3, 4]],
    [{ start: 2 }, [2, 3, 4]],
    [{ stop: 2 }, [0, 1]],
    [{ start: 1, stop: 4 }, [1, 2, 3]],
    [{ start: -2 }, [3, 4]],
    [{ stop: -2 }, [0, 1, 2]],
    [{ start: -4, stop: -1 }, [1, 2, 3]],
    [{ start: 3, stop: 1 }, []],
    [{ start: -100, stop: 100 }, [0, 1, 2, 3, 4]],
    [{ start: 100 }, []],
    [{ step: 2 }, [0, 2, 4]],
    [{ start: 1, step: 3 }, [1, 4]],
    [{ step: -1 }, [4, 3, 2, 1, 0]],
    [{ start: 3, step: -2 }, [3, 1]],
    [{ start: 3, stop: 0, step: -1 }, [3, 2, 1]],
    [{ stop: -4, step: -1 }, [4, 3, 2]],
    [{ start: 100, stop: -100, step: -1 }, [4, 3, 2, 1, 0]],
    [{ start: -100, step: -1 }, []],
  ])('%j is %j', (slice, expected) => {
    expect(pythonSlice(five, slice)).toEqual(expected);
  });

  it('are empty of an empty list', () => {
    expect(pythonSlice([], { step: -1 })).toEqual([]);
    expect(pythonSlice([], { start: -3, stop: 3 })).toEqual([]);
  });
});
