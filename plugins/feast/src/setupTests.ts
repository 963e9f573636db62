import '@testing-library/jest-dom';
import { configure } from '@testing-library/react';

// The pages are loaded when they are opened, and the first one compiles: on a
// busy machine that takes longer than the default second.
configure({ asyncUtilTimeout: 60_000 });
jest.setTimeout(180_000);
