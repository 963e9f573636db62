import { createApp } from '@backstage/frontend-defaults';
import notificationsPlugin from '@backstage/plugin-notifications/alpha';
import searchPlugin from '@backstage/plugin-search/alpha';
import { render, screen } from '@testing-library/react';
import { navModule } from './modules/nav';
import { signInModule } from './modules/signin';

/*
 * The plugins of the real app are found when it is bundled, so here stand those
 * that our two modules need. A new app per test: an app keeps who signed in.
 */
const renderApp = () =>
  render(
    createApp({
      features: [navModule, signInModule, notificationsPlugin, searchPlugin],
    }).createRoot(),
  );

const baseUrl = 'http://127.0.0.1:7007';

function token(claims: object) {
  const part = (value: object) =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.signature`;
}

const guest = {
  profile: {},
  providerInfo: {},
  backstageIdentity: {
    token: token({ sub: 'user:default/guest', exp: Date.now() / 1000 + 3600 }),
    expiresInSeconds: 3600,
    identity: {
      type: 'user',
      userEntityRef: 'user:default/guest',
      ownershipEntityRefs: ['user:default/guest'],
    },
  },
};

describe('app modules', () => {
  const realFetch = global.fetch;
  let guestAnswers: { status: number; body: object };

  beforeEach(() => {
    process.env = {
      NODE_ENV: 'test',
      APP_CONFIG: [
        {
          data: {
            app: { title: 'Maestro', baseUrl },
            backend: { baseUrl },
          },
          context: 'test',
        },
      ] as any,
    };
    global.fetch = async input => {
      const url = String(input instanceof Request ? input.url : input);
      const { status, body } = url.includes('/api/auth/guest/refresh')
        ? guestAnswers
        : { status: 200, body: { items: [], results: [] } };
      return new Response(JSON.stringify(body), {
        status,
        headers: { 'Content-Type': 'application/json' },
      });
    };
  });

  afterEach(() => {
    global.fetch = realFetch;
    jest.restoreAllMocks();
  });

  it('signs a guest in without a question and shows the way to the pipelines', async () => {
    guestAnswers = { status: 200, body: guest };
    renderApp();

    expect(
      await screen.findByRole('link', { name: 'Maestro, all pipelines' }),
    ).toHaveAttribute('href', '/maestro');
    expect(screen.queryByText(/enter/i)).not.toBeInTheDocument();
  });

  it('says so when guests are not let in', async () => {
    guestAnswers = {
      status: 403,
      body: {
        error: { name: 'NotAllowedError', message: 'No guests here' },
        response: { statusCode: 403 },
      },
    };
    // The error page also writes to the console, which is no news here.
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    renderApp();

    expect(
      await screen.findByText(/You do not appear to be signed in/),
    ).toBeInTheDocument();
    expect(screen.getByText(/^Request failed with 403/)).toBeInTheDocument();
    expect(
      screen.queryByRole('link', { name: 'Maestro, all pipelines' }),
    ).not.toBeInTheDocument();
  });
});
