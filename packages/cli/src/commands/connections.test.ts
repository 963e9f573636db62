import { everyCommand } from '../__testUtils__/everyCommand';

const { lastBody, maestro } = everyCommand();

describe('what is sent', () => {
  it('leaves of a connection what is not given as it is, secrets too', async () => {
    await maestro(['connections', 'update', 'db', '--conn-host', 'new']);
    expect(lastBody()).toEqual({
      connId: 'db',
      connType: 'postgres',
      host: 'new',
      port: 5432,
    });
  });

  it("understands Airflow's own line", async () => {
    await maestro(
      'connections add aws_default --conn-type aws --conn-login admin --conn-password minioadmin --conn-extra {"endpoint_url":"http://minio:9000"}'.split(
        ' ',
      ),
    );
    expect(lastBody()).toEqual({
      connId: 'aws_default',
      connType: 'aws',
      login: 'admin',
      password: 'minioadmin',
      extra: { endpoint_url: 'http://minio:9000' },
    });
  });
});
