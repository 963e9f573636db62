import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import {
  AuthorizeResult,
  createPermission,
} from '@backstage/plugin-permission-common';
import { demandPermission } from './demandPermission';

describe('demandPermission', () => {
  const permission = createPermission({ name: 'a.read', attributes: {} });
  const demand = (result: AuthorizeResult.ALLOW | AuthorizeResult.DENY) =>
    demandPermission(
      mockServices.permissions({ result }),
      permission,
      mockCredentials.user(),
    );

  it('passes when it is allowed', async () => {
    await expect(demand(AuthorizeResult.ALLOW)).resolves.toBeUndefined();
  });

  it('names the permission that is missing', async () => {
    await expect(demand(AuthorizeResult.DENY)).rejects.toMatchObject({
      name: 'NotAllowedError',
      message: expect.stringContaining('permission a.read'),
    });
  });
});
