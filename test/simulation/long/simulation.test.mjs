import { campaign } from '../campaign.mjs';

const DAY_MS = 86_400_000;

// Other seeds each day: what fails here may have been there for long.
campaign(
  { model: 20_000, sqlite: 1_000, postgres: 200 },
  Math.floor(Date.now() / DAY_MS) * 100_000,
  { concurrency: 3 },
);
