import { campaign } from './campaign.mjs';

// Always the same seeds: what fails here failed because of a change.
campaign({ model: 10_000, sqlite: 500, postgres: 100 }, 1);
