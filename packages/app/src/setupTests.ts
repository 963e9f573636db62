import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// A page is loaded when it is opened, and the first one compiles: on a busy
// machine that takes longer than the default second.
configure({ asyncUtilTimeout: 60_000 });
jest.setTimeout(180_000);
